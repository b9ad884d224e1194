"""A champion that may have learnt from test rows is noticed by how rows were dealt."""

from typing import Any

import pytest

from tidemill.contract import Contract, parse_contract
from tidemill.records import Boundaries, DatasetRecord
from training.judge.seen import why_seen

HEAD = "pipeline: shells\ntarget: rings\n"
COLUMNS = "{length: {type: float}, day: {type: timestamp}, rings: {type: int}}"


def contract(split: str = "{by: hash}", columns: str = COLUMNS, more: str = "") -> Contract:
    source = f"sources: {{rows: {{columns: {columns}}}}}\n"
    return parse_contract(f"{HEAD}{source}split: {split}\n{more}")


def record(version: str, under: Contract, test_from: str | None = None) -> DatasetRecord:
    boundaries = None
    if test_from:
        ends = {"validation": test_from, "test": test_from}
        boundaries = Boundaries(column="day", type="timestamp", **ends)
    return DatasetRecord(
        dataset_version=version,
        contract_version=under.version,
        drops=(),
        split=under.split.model_dump(mode="json"),
        boundaries=boundaries,
        channels={},
        rows={},
        profile_uri="",
        contract_uri="",
        created_at="",
    )


def why(before: Contract, after: Contract, *starts: str) -> str:
    records = [
        record(f"v{k}", c, starts[k] if starts else None) for k, c in enumerate((before, after))
    ]
    return why_seen(*records, before, after)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, {"split": "{by: time, column: day}"}, "rows were split by hash and are split by time"),
        ({"split": "{test: 10%}"}, {"split": "{test: 20%}"}, "test grew from 10% to 20%"),
        ({}, {"columns": "{day: {type: timestamp}, rings: {type: int}, mm: {type: float}}"},
         "column length is no longer read"),
        ({}, {"columns": COLUMNS.replace("float", "category")}, "column length is read otherwise"),
        ({}, {"columns": COLUMNS.replace("float", "float, missing: ['-']")}, "length is read"),
    ],
)  # fmt: skip
def test_what_moves_rows_to_test_is_said(
    before: dict[str, Any], after: dict[str, Any], says: str
) -> None:
    """Another split, a larger share, or rows that are not read as they were."""
    assert says in why(contract(**before), contract(**after))


@pytest.mark.parametrize(
    "after",
    [
        {},
        {"split": "{test: 10%, validation: 20%}"},
        {"columns": COLUMNS.replace("float}", "int, min: 0, description: mm}")},
        {"columns": COLUMNS.replace("}}", "}, width: {type: float}}")},
        {"more": "training: {trials: 3}\n"},
    ],
)
def test_what_moves_none_is_not_doubted(after: dict[str, Any]) -> None:
    """A smaller share, other limits, more columns, other settings."""
    assert not why(contract(), contract(**after))


@pytest.mark.parametrize(
    ("starts", "moved"),
    [(("2026-01-01", "2026-02-01"), False), (("2026-02-01", "2026-01-01"), True)],
)
def test_test_begins_no_earlier_than_it_did(starts: tuple[str, str], moved: bool) -> None:
    """Rows that trained lie before the champion's own test began."""
    by_time = contract("{by: time, column: day}")
    assert bool(why(by_time, by_time, *starts)) is moved


def test_the_same_rows_are_the_same() -> None:
    """A champion of this very dataset version has not seen its test."""
    other = contract("{by: time, column: day}")
    assert not why_seen(record("v1", contract()), record("v1", other), contract(), other)
