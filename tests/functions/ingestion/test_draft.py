"""A draft contract for a drop that has none."""

import gzip

import pytest

from ingestion.ingest.draft import draft
from ingestion.ingest.ingest import ingest
from tidemill.contract import Contract, parse_contract
from tidemill.landing import LandedObject
from tidemill.records import DropRecord

from .conftest import DATA, Shore

ROWS = "sex;length;born;note;id;wet;rings\n" + "".join(
    f"{'MF'[n % 2]};{n / 10 if n % 7 else '?'};2026-01-{n % 28 + 1:02};n{n};{n};yes;{n % 9}\n"
    for n in range(60)
)


@pytest.fixture
def shore() -> Shore:
    return Shore()


def bring(shore: Shore, landed: LandedObject) -> DropRecord:
    return ingest(landed, registry=shore.registry, store=shore.store, bus=shore.bus, data=DATA)


def written(shore: Shore, name: str) -> Contract | None:
    found = shore.store.objects.get(f"s3://landing/shells/{name}")
    return parse_contract(found[-1], "shells") if found else None


def test_types_markers_and_target_are_suggested(shore: Shore) -> None:
    """The narrowest type that all present cells fit; the last column as a guess of the target."""
    landed = shore.put("shells/rows/a.csv", ROWS)
    drop = bring(shore, landed)
    assert drop.state == "quarantined"
    assert "shells/pipeline.draft.yaml is a draft of one" in drop.reasons[0]
    contract = written(shore, "pipeline.draft.yaml")
    assert contract is not None
    columns = contract.sources["rows"].columns
    assert {name: column.type for name, column in columns.items()} == {
        "sex": "category",
        "length": "float",
        "born": "timestamp",
        "note": "text",
        "id": "int",
        "wet": "bool",
        "rings": "int",
    }
    assert columns["length"].missing == ("", "?")
    assert (columns["length"].nullable, columns["rings"].nullable) == (True, False)
    assert contract.target == "rings"
    assert written(shore, "pipeline.yaml") is None


def test_a_person_is_told_what_to_look_at(shore: Shore) -> None:
    """Constant columns, what looks like an id, and that the target is a guess."""
    text = draft(shore.put("shells/rows/a.csv", ROWS), shore.store).text
    lines = {line.split(":")[0].strip(): line for line in text.splitlines()}
    assert "the same in every row" in lines["wet"]
    assert "an id?" in lines["id"]
    assert "a guess" in lines["target"]
    assert "drop it as shells/pipeline.yaml" in text


def test_a_named_target_adopts_the_draft(shore: Shore) -> None:
    """It becomes the contract; the labels of a class are in it, so that the task is known."""
    landed = shore.put("shells/rows/a.csv.gz", gzip.compress(ROWS.encode()))
    shore.store.tags[landed.uri] = {"target": "sex"}
    bring(shore, landed)
    contract = written(shore, "pipeline.yaml")
    assert contract is not None
    assert (contract.target, contract.problem) == ("sex", "binary")
    assert contract.sources["rows"].columns["sex"].values == ("F", "M")


def test_a_contract_that_lies_there_is_left_alone(shore: Shore) -> None:
    """It is a person's: refused, perhaps, or about to be read."""
    shore.put("shells/pipeline.yaml", "pipeline: shells\n")
    landed = shore.put("shells/rows/a.csv", ROWS)
    shore.store.tags[landed.uri] = {"target": "rings"}
    bring(shore, landed)
    assert shore.store.read("s3://landing/shells/pipeline.yaml") == b"pipeline: shells\n"


@pytest.mark.parametrize("wish", ["ringz", ""])
def test_a_target_that_is_no_column_adopts_nothing(shore: Shore, wish: str) -> None:
    """The draft is there, with a guess."""
    landed = shore.put("shells/rows/a.csv", ROWS)
    shore.store.tags[landed.uri] = {"target": wish}
    bring(shore, landed)
    assert written(shore, "pipeline.draft.yaml") is not None
    assert written(shore, "pipeline.yaml") is None


@pytest.mark.parametrize("body", ["", "a,b\n", ",,\n1,2,3\n", '{"a": {}}'])
def test_what_cannot_be_read_has_no_draft(shore: Shore, body: str) -> None:
    """The drop waits all the same, in its state."""
    assert bring(shore, shore.put("shells/rows/a.csv", body)).state == "quarantined"
    assert "s3://landing/shells/pipeline.draft.yaml" not in shore.store.objects


def test_a_draft_is_no_drop(shore: Shore) -> None:
    """Its own event ends as ignored, with what to do about it."""
    drop = bring(shore, shore.put("shells/pipeline.draft.yaml", "pipeline: shells\n"))
    assert (drop.state, drop.reasons[0][:24]) == ("ignored", "a draft of the contract:")
