"""What a draft sees in a column's cells."""

import pyarrow as pa
import pytest

from ingestion.ingest.draft.look import look
from ingestion.ingest.draft.remarks import remarks, sentinel
from tidemill.contract import Column


def seen(name: str, cells: list[str]) -> str:
    return look(name, pa.array(cells)).kind


@pytest.mark.parametrize(
    ("name", "cells", "kind"),
    [
        ("n", [str(n % 40) for n in range(99)], "int"),
        ("n", [f"{n % 40}.0" for n in range(99)], "int"),
        ("n", [f"{n / 7:.3f}" for n in range(99)], "float"),
        ("n", ["yes", "no", "NA"] * 9, "bool"),
        ("n", [f"2026-02-{n % 28 + 1:02} 10:00" for n in range(99)], "timestamp"),
        ("n", ["red", "green", "?"] * 9, "category"),
        ("n", [f"note {n}" for n in range(99)], "text"),
        ("n", [f"k{n}" for n in range(99)], "id"),
        ("n", [str(n + 500) for n in range(99)], "id"),
        ("price", [str(n * n + 7) for n in range(99)], "int"),
        ("order_no", [str(n * n + 7) for n in range(99)], "id"),
        ("customerId", [str(n % 60 * 17) for n in range(99)], "id"),
        ("type_id", [str(n % 5) for n in range(99)], "int"),
        ("customer_id", [f"c{n % 70}" for n in range(99)], "id"),
        ("zip", [f"{n % 30:05}" for n in range(99)], "category"),
        ("zip", [f"{n % 98 * 91:05}" for n in range(99)], "text"),
        ("big", [f"{10**19 + n % 90}" for n in range(99)], "text"),
        ("empty", ["", "NA"] * 20, "text"),
        ("mixed", ["1", "2", "x"] * 20, "category"),
        ("mail", [f"u{n}@ex.org" for n in range(99)], "text"),
    ],
)
def test_the_narrowest_type_is_found(name: str, cells: list[str], kind: str) -> None:
    """Numbers that only name things, or would lose digits, are none."""
    assert seen(name, cells) == kind


def test_dates_are_no_phone_numbers() -> None:
    """Days of the month are digits and dots too, and begin with a nought."""
    dates = [f"{n % 28 + 1:02}.0{n % 9 + 1}.2015" for n in range(99)]
    assert look("season", pa.array(dates)).people == ""
    numbers = [f"0{n % 9 + 1}.55.12.{n:02}.07" for n in range(99)]
    assert look("season", pa.array(numbers)).people == "phone numbers"


def test_markers_of_missing_are_found_in_any_case() -> None:
    """As they are written, so that a contract names them."""
    column = look("x", pa.array(["1", "NaN", "n/a", "Unknown", "", "2"]))
    assert (column.kind, column.markers, column.missing) == ("int", ("NaN", "Unknown", "n/a"), 4)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["999"] * 30 + [str(n % 28) for n in range(99)], "999 comes 30 times, far from the rest"),
        (["-1"] * 5 + [str(n % 28) for n in range(99)], "-1 comes 5 times"),
        (["-999.0"] * 5 + [f"{n % 9 / 7:.3f}" for n in range(99)], "-999 comes 5 times"),
        ([str(n % 100) for n in range(999)], None),
        (["-1", "0", "1"] * 30, None),
        (["999", *(str(n % 28) for n in range(99))], None),
        ([str(900 + n % 100) for n in range(999)], None),
    ],
)
def test_numbers_that_stand_for_none_are_suspected(cells: list[str], told: str | None) -> None:
    """Far from all others and more than once; a range that just ends there is none."""
    found = sentinel(look("x", pa.array(cells)))
    assert found is None if told is None else found is not None and found.startswith(told)


def test_a_suspect_comes_with_its_remedy() -> None:
    """The line to write is in the remark."""
    column = look("x", pa.array(["?", *["999"] * 9, *(str(n % 28) for n in range(99))]))
    assert 'then missing: ["", "?", 999]' in (sentinel(column) or "").replace('"999"', "999")
    Column.model_validate({"type": "int", "missing": ["", "?", "999"]})


def test_remarks_stay_within_their_line() -> None:
    """Whatever a cell holds."""
    cells = ["a\nb # c", "x" * 99] * 20
    column = look("x", pa.array(cells))
    told = remarks(column, look("y", pa.array(["1"] * 40)), None)
    assert "\n" not in told
    assert "x" * 25 not in told
    assert "a b # c 50 %" in told


@pytest.mark.parametrize("name", ["last_name", "firstName", "SSN", "date of birth dob"])
def test_names_of_columns_that_sound_personal_are_pointed_out(name: str) -> None:
    """Values need not look like anything."""
    column = look(name, pa.array([f"N{n % 9}" for n in range(60)]))
    assert "leads to a person?" in remarks(column, look("y", pa.array(["1"] * 60)), None)
