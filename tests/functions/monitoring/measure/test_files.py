"""Files of outcomes: what can be used is, and what cannot is said."""

from dataclasses import dataclass, field, replace

import pytest

from monitoring.measure.files import OutcomeFile, read_file
from tidemill.contract import Contract, parse_contract
from tidemill.contract.sections import Privacy
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


def test_every_kind_of_fault_is_named_with_its_rows(read: OutcomeFile) -> None:
    """By column and rule, with the number of each row, from 1, and what stands there."""
    assert {*read.record.reasons} == {
        "id: is missing: row 3",
        "old: is missing: row 4",
        "old: is not a bool: row 5 ('maybe')",
        f"id: is longer than 128 characters: row 6 ('{'e' * 60}')",
        "has 1 cells where the header has 2: row 7 ('f')",
    }


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        (
            "told.csv",
            "id,old\na,true\nb,true,extra\n",
            "has 3 cells where the header has 2: row 2 ('b,true,extra')",
        ),
        ("told.csv", "id,old\na,true\nb\n", "has 1 cells where the header has 2: row 2 ('b')"),
        (
            "told.csv",
            'id,old\na,true\n"b,true\nc,false\n',
            "opens a quote that is never closed: row 2 ('\"b,true')",
        ),
        (
            "told.jsonl",
            '{"id": "a", "old": true}\n{"id": "b"\n',
            'is not a JSON object: row 2 (\'{"id": "b"\')',
        ),
    ],
    ids=["long row", "short row", "stray quote", "broken JSON"],
)
def test_a_row_that_cannot_be_read_is_named(
    shelf: Shelf, name: str, body: str, reason: str
) -> None:
    """The reader leaves it out, and the record says which it was and why."""
    record = shelf.read(shelf.land(body, name)).record
    assert (record.state, record.rows.quarantined) == ("accepted", 1)
    assert record.reasons == (reason,)


def test_many_rows_are_named_by_the_first(shelf: Shelf) -> None:
    """Three of them, and how many more there are, however many stretches they come in."""
    good = "".join(f"{number},true\n" for number in range(200_000))
    body = f"id,old\n{good}x,maybe\n{good}" + "y,maybe\n" * 1_200
    (reason,) = shelf.read(shelf.land(body)).record.reasons
    named = "row 200001 ('maybe'), row 400002 ('maybe'), row 400003 ('maybe')"
    assert reason == f"old: is not a bool: {named} and 1,198 more"


def test_nothing_private_is_quoted(shelf: Shelf) -> None:
    """Where the contract hides a column, or the file has others, rows are named by number alone."""
    landed = shelf.land("id,old\na,true\nb,maybe\nc,true,x\n")
    hides = CONTRACT.model_copy(update={"privacy": Privacy(subject="length")})
    assert {*shelf.read(landed, hides).record.reasons} == {
        "old: is not a bool: row 2",
        "has 3 cells where the header has 2: row 3",
    }
    wider = shelf.land("id,old,name\na,true,Ann\nb,maybe,Bob\nc,true\n", "wider.csv")
    assert {*shelf.read(wider).record.reasons} == {
        "old: is not a bool: row 2 ('maybe')",
        "has 2 cells where the header has 3: row 3",
    }


def test_an_outcome_beyond_what_the_contract_allows_is_refused(shelf: Shelf) -> None:
    """As it is among rows to learn from: one of them would be all of a day's error."""
    document = CONTRACT.model_dump(mode="json")
    document["sources"]["rows"]["columns"]["old"] = {"type": "float", "min": 0, "max": 30}
    found = shelf.read(shelf.land("id,old\na,3\nb,1e30\nc,-1\n"), Contract(**document))
    assert found.outcomes is not None
    assert found.outcomes["id"].to_pylist() == ["a"]
    assert {*found.record.reasons} == {
        "old: is above 30: row 2 ('1e30')",
        "old: is below 0: row 3 ('-1')",
    }


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
