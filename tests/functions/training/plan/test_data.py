"""What the profile tells is refused by name, before a job is paid for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.functions.training.conftest import Mill
from tidemill.contract import parse_contract
from tidemill.errors import (
    ConstantTargetError,
    FutureDataError,
    NoUsableFeatureError,
    TooFewRowsError,
    TooManyClassesError,
    TrainingError,
)
from tidemill.profile import ColumnProfile, Profile
from tidemill.records import DatasetRecord, RunRequest
from training.plan.plan import Job, plan

KINDS = {"int": "number", "float": "number", "bool": "category"}
ROWS = 60
COLOURS: Sequence[Any] = ["red", "blue"] * (ROWS // 2)
NOTHING = [None] * ROWS


def make(
    columns: dict[str, tuple[str, Sequence[Any]]], target: str, more: str = "", *, train: int = 100
) -> Job:
    """Plan a run over columns of these types and cells, so many rows of them to train."""
    declared = ", ".join(f"{name}: {{type: {kind}}}" for name, (kind, _) in columns.items())
    source = f"sources: {{rows: {{columns: {{{declared}}}}}}}\n"
    mill = Mill()
    contract = parse_contract(f"pipeline: shells\ntarget: {target}\n{source}{more}")
    mill.registry.put_contract(contract)
    profile = Profile(
        rows=ROWS,
        columns={
            name: ColumnProfile.of_cells(KINDS.get(kind, kind), cells)  # type: ignore[arg-type]
            for name, (kind, cells) in columns.items()
        },
    )
    mill.store.write("s3://data/profile.json", profile.model_dump_json().encode())
    mill.registry.put_dataset(
        "shells",
        DatasetRecord(
            dataset_version="v1",
            contract_version=contract.version,
            drops=(),
            channels={},
            rows={"train": train, "validation": 20, "test": 20},
            profile_uri="s3://data/profile.json",
            contract_uri="s3://data/contract.json",
            created_at="2026-11-01T00:00:00Z",
        ),
    )
    mill.run("run")
    return plan(
        RunRequest(pipeline="shells", dataset_version="v1", run="run"),
        registry=mill.registry,
        store=mill.store,
        bus=mill.bus,
        models="s3://models",
        stage="dev",
        region="us-east-1",
    )


NUMBERS = ("float", range(ROWS))
DAYS = [datetime(2026, 1, 1 + k % 28, tzinfo=UTC) for k in range(ROWS - 1)]
AHEAD = datetime(2999, 1, 1, tzinfo=UTC)
BY_TIME = "split: {by: time, column: day}\n"


@pytest.mark.parametrize(
    ("columns", "more", "error", "says"),
    [
        ({"y": ("int", NOTHING)}, "", TooFewRowsError, "y is missing in all 60 rows"),
        ({"y": ("int", [7] * ROWS)}, "", ConstantTargetError, r"y is 7\.0 in every row"),
        ({"y": ("category", ["red"] * ROWS)}, "", ConstantTargetError, "y is red in every row"),
        ({"y": ("bool", [True] * ROWS)}, "", ConstantTargetError, "y is true in every row"),
        (
            {"y": ("category", ["red"] * 57 + ["blue"] * 3)},
            "",
            TooFewRowsError,
            "y has 3 of 'blue': two classes of at least 10 rows",
        ),
        (
            {"y": ("int", [0] * 57 + [1] * 3)},
            "task: binary\n",
            TooFewRowsError,
            "y has 3 of '1': two classes",
        ),
        ({"y": ("category", [str(k) for k in range(ROWS)])}, "", TooFewRowsError, "two classes"),
        (
            {"y": ("int", [0, 1, 2] * 20)},
            "task: binary\n",
            TooManyClassesError,
            "y has 3 classes, such as '0', '1', '2', and a binary task has two",
        ),
        ({"y": NUMBERS, "x": ("float", NOTHING)}, "", NoUsableFeatureError, r"constant \(x\)"),
        (
            {"y": NUMBERS, "x": ("float", [1.0] * ROWS), "c": ("category", ["a"] * ROWS)},
            "",
            NoUsableFeatureError,
            r"constant \(x, c\)",
        ),
        (
            {"y": NUMBERS, "x": NUMBERS, "day": ("timestamp", [*DAYS, AHEAD])},
            BY_TIME,
            FutureDataError,
            "day splits by time, and rows are of the future, up to 2999-01-01",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(
    columns: dict[str, Any], more: str, error: type[TrainingError], says: str
) -> None:
    """The error's name, the column, what was found, and what to do."""
    with pytest.raises(error, match=says):
        make({"x": NUMBERS} | columns if "x" not in columns else columns, "y", more)


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        ({"y": NUMBERS}, ""),
        ({"y": ("category", COLOURS)}, ""),
        ({"y": ("category", [*COLOURS[2:], "green", "green"])}, ""),
        ({"y": ("int", [10_000, 10_001] * 30)}, ""),
        ({"y": ("int", [0, 1] * 30)}, "task: binary\n"),
        ({"y": NUMBERS, "empty": ("float", NOTHING)}, ""),
        ({"y": NUMBERS, "x": ("float", [None] * 30 + [1.0] * 30)}, ""),
        ({"y": NUMBERS, "day": ("timestamp", DAYS)}, BY_TIME),
        ({"y": NUMBERS, "day": ("timestamp", [*DAYS, AHEAD])}, ""),
    ],
)
def test_what_can_be_learnt_from_is_planned(columns: dict[str, Any], more: str) -> None:
    """A rare third class, an empty feature, a flag of missing cells, a date that splits nothing."""
    assert make({"x": NUMBERS} | columns, "y", more).channels


@pytest.mark.parametrize(
    ("split", "remedy"),
    [
        ("", "; drop more data"),
        (BY_TIME, "; drop rows of more times of day, or split by hash"),
        ("split: {by: group, column: g}\n", "; drop rows of more groups of g, or split by hash"),
    ],
)
def test_too_few_rows_to_train_say_what_more_would_help(split: str, remedy: str) -> None:
    """Rows of one group or moment go one way, however many they are."""
    columns: dict[str, Any] = {"x": NUMBERS, "y": NUMBERS, "day": ("timestamp", [*DAYS, DAYS[0]])}
    with pytest.raises(TooFewRowsError, match=remedy):
        make(columns | {"g": ("id", COLOURS)}, "y", split, train=0)
