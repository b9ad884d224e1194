"""Typed cells of Parquet become what the contract's rules are written for, and lose nothing."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import Shore

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      whole: {type: int}
      part: {type: float}
      name: {type: id}
      seen: {type: timestamp}
      rings: {type: float}
    missing_columns: "null"
"""
MOMENT = 1_577_836_800_123_456


@pytest.fixture
def shore() -> Shore:
    made = Shore()
    made.accept_contract(CONTRACT)
    return made


def read(shore: Shore, column: str, values: pa.Array) -> list[Any]:
    """The accepted values of a column."""
    body = io.BytesIO()
    pq.write_table(pa.table({column: values, "rings": [1.0] * len(values)}), body)
    drop = shore.drop("shells/rows/a.parquet", body.getvalue())
    assert (drop.state, drop.reasons) == ("accepted", ())
    return [row[column] for row in shore.rows(drop.parts[0].uri)]


WHOLE = [1e10, 12345678901.0, -1e15, 2.0**53, 7.0, None]


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.float16(), pa.decimal128(20, 2)])
def test_whole_numbers_of_any_type_are_ints(shore: Shore, kind: pa.DataType) -> None:
    """Columns of whole numbers with gaps are often stored as floats, however large they are."""
    values = [value for value in WHOLE if value is None or abs(value) < 2 or kind != pa.float16()]
    array = pa.array([7.0, None] if kind == pa.float16() else values).cast(kind, safe=False)
    wanted = [
        None if value is None else int(value) for value in array.cast(pa.float64()).to_pylist()
    ]
    assert read(shore, "whole", array) == wanted


def test_names_that_are_numbers_keep_their_digits(shore: Shore) -> None:
    """An id that was stored as a float is the same id as in a CSV file."""
    assert read(shore, "name", pa.array([12345678901.0, 42.0])) == ["12345678901", "42"]


def test_fractions_are_as_they_were(shore: Shore) -> None:
    """No digit of a double is lost; what is no number is missing."""
    values = [0.1, 1 / 3, 1e300, 5e-324, 12345678901.5, 1e16, float("nan")]
    assert read(shore, "part", pa.array(values)) == [*values[:-1], None]


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "+05:30"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_moments_are_those_of_their_zone(shore: Shore, zone: str | None, unit: str) -> None:
    """A moment is the same in whatever zone it is shown, and in UTC where it names none."""
    count = {"ms": MOMENT // 1000, "us": MOMENT, "ns": MOMENT * 1000 + 789}[unit]
    (seen, none) = read(shore, "seen", pa.array([count, None], pa.timestamp(unit, tz=zone)))
    known = MOMENT // 1000 * 1000 if unit == "ms" else MOMENT
    assert (round(seen.timestamp() * 1e6), none) == (known, None)


def test_a_file_with_none_of_the_columns_waits(shore: Shore) -> None:
    """Absent columns may be missing, but where all are it is the file of something else."""
    body = io.BytesIO()
    pq.write_table(pa.table({"other": [1]}), body)
    for name, content in (
        ("a.parquet", body.getvalue()),
        ("a.csv", b"other\n1\n"),
        ("a.jsonl", b'{"other": 1}\n'),
    ):
        drop = shore.drop(f"shells/rows/{name}", content)
        assert drop.state == "quarantined"
        assert drop.reasons[0].startswith("MissingColumnError: whole, part, name, seen, rings")
