"""Files of outcomes: what can be used is, and what cannot is said."""

from dataclasses import dataclass, field, replace

import pytest

from monitoring.measure.files import OutcomeFile, read_file
from tidemill.contract import Contract, parse_contract
from tidemill.landing import LandedObject
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

CONTRACT = parse_contract("""
pipeline: shells
target: old
sources: {rows: {columns: {length: {type: float}, old: {type: bool}}}}
""")


@dataclass
class Shelf:
    """Where files of outcomes land and are read, over fakes."""

    store: InMemoryStore = field(default_factory=InMemoryStore)
    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))

    def land(self, body: str | bytes, name: str = "told.csv") -> LandedObject:
        """The object, in its bucket."""
        raw = body.encode() if isinstance(body, str) else body
        key = f"shells/_outcomes/{name}"
        self.store.write(f"s3://landing/{key}", raw)
        return LandedObject(
            bucket="landing",
            key=key,
            version_id="1",
            etag="e",
            sequencer="001",
            size=len(raw),
            landed_at="2026-11-20T10:00:00Z",
        )

    def read(self, landed: LandedObject, contract: Contract | None = CONTRACT) -> OutcomeFile:
        return read_file(landed, contract, self.registry, self.store)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def read(shelf: Shelf) -> OutcomeFile:
    """A file of two good rows and five that cannot be used."""
    rows = ("a,true", "b,false", ",true", "c,", "d,maybe", f"{'e' * 129},true", "f")
    return shelf.read(shelf.land("\n".join(("id,old", *rows, ""))))


def test_good_rows_count_and_bad_ones_are_counted(read: OutcomeFile) -> None:
    """A file with faults is no reason to leave out what it rightly says."""
    assert read.outcomes is not None
    assert read.outcomes["id"].to_pylist() == ["a", "b"]
    assert read.outcomes["outcome"].to_pylist() == ["true", "false"]
    rows = read.record.rows
    assert (read.record.state, rows.read, rows.accepted, rows.quarantined) == ("accepted", 7, 2, 5)


def test_every_kind_of_fault_is_named_by_its_column(read: OutcomeFile) -> None:
    """At most five of them, each once."""
    said = read.record.reasons
    assert len(said) == len({*said}) <= 5
    assert "id: is longer than 128 characters" in said
    assert any(reason.startswith("id: ") and "128" not in reason for reason in said)
    assert any(reason.startswith("old: ") for reason in said)


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("told.csv", "", ("rejected", "EmptyFileError")),
        ("told.parquet", b"\x00\x01\x02", ("rejected", "UnreadableFileError")),
        ("told.xlsx", "a", ("rejected", "UnsupportedFormatError")),
        ("told.csv", "name,old\na,true\n", ("quarantined", "columns id and old, or id and value")),
        ("told.csv", "id,young\na,true\n", ("quarantined", "MissingColumnError")),
        ("told.csv", "id,old\n,true\na,maybe\n", ("quarantined", "old: ")),
    ],
    ids=["empty", "no Parquet", "no such format", "no id", "no target", "no good row"],
)
def test_a_file_that_says_nothing_is_recorded_with_the_reason(
    shelf: Shelf, name: str, body: str | bytes, told: tuple[str, str]
) -> None:
    """Unreadable ones are rejected; those of other columns, or without a good row, wait."""
    state, said = told
    found = shelf.read(shelf.land(body, name))
    assert found.record.state == state
    assert said in "; ".join(found.record.reasons)
    assert not found.outcomes


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("told.csv", "note,value,id\n3,true,a\n"),
        ("told.jsonl", '{"value": true, "id": "a", "note": 3}\n'),
    ],
)
def test_the_column_may_be_called_value(shelf: Shelf, name: str, body: str) -> None:
    """As the API has it; others beside it are not read."""
    found = shelf.read(shelf.land(body, name))
    assert found.record.state == "accepted"
    assert found.outcomes is not None
    assert found.outcomes["outcome"].to_pylist() == ["true"]


@pytest.mark.parametrize("case", ["gone", "overwritten", "without a contract"])
def test_what_no_longer_counts_is_ignored(shelf: Shelf, case: str) -> None:
    """And recorded so, for whoever looks for it among the drops."""
    landed = shelf.land("id,old\na,true\n")
    if case == "gone":
        shelf.store.delete_versions(landed.uri)
    if case == "overwritten":
        shelf.registry.is_newest(replace(landed, version_id="2", sequencer="002"))
    found = shelf.read(landed, None if case == "without a contract" else CONTRACT)
    assert (found.record.state, found.outcomes) == ("ignored", None)
    assert found.record.reasons
