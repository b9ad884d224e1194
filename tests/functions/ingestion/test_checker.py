"""Cells against a column's rules: quick on what files hold, exact on whatever they hold."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.contract import Column
from tidemill_tabular.checking import casts, moments
from tidemill_tabular.checking.checker import ARROW_TYPES, check

# A loaded machine is no fault of the code.
UNHURRIED = settings(deadline=None)
NUMBERS = st.one_of(
    st.integers(-(10**21), 10**21).map(str),
    st.floats().map(repr),
    st.floats(-1e15, 1e15).map(lambda number: f"{number:.3f}"),
    st.integers(-(10**17), 10**17).map(lambda number: f"{number}.0"),
    st.text("0123456789+-.eE_xX, ", max_size=8),
    st.sampled_from(
        [
            *("0x10", "0X1F", "nan", "NaN", "-nan", "inf", "-Infinity", "1e400", "1e-400", "1_000"),
            *(
                "+1",
                "++1",
                "+-1",
                "-0",
                "-0.0",
                ".5",
                "5.",
                ".",
                ".0",
                "-.0",
                "+.",
                "-",
                "+",
                "007",
                "1,000",
            ),
            *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e0001"),
            *("9007199254740992.0", "9007199254740993.0", "0" * 30 + "1", "7.", "7.5", "7.000"),
            *(
                "7.00000000000000000001",
                "٣",
                "\N{FULLWIDTH DIGIT ONE}",
                "1\N{NO-BREAK SPACE}",
                "1f",
                "1d",
                "0b1",
                "1e",
            ),
            *("1e99999999999999999999", "9" * 400, "1" + "0" * 5000, "1\0", "e5", "1e5.0", "½"),
        ]
    ),
)
CLOCK = "(T([01][0-9]|2[0-9])(:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,9})?)?)?)?"
MOMENTS = st.one_of(
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
    st.dates().map(str),
    st.from_regex(f"[0-2][0-9]{{3}}-[01][0-9]-[0-3][0-9]{CLOCK}(Z|[+-][0-2][0-9](:?[0-7][0-9])?)?"),
    st.sampled_from(
        [
            *("2024-02-29", "2023-02-29", "2024-02-30", "0000-01-01", "0001-01-01", "20240101"),
            *("0001-01-01T00:00+05:00", "9999-12-31T23:59:59-05:00", "2024-01-01+01:00", "2024"),
            *("2024-W01-1", "2024-01-01T24:00", "2024-01-01T23:59:60", "2024-01-01T0102", "-1-1-1"),
            *("2024-01-01x01:02", "2024-01-01T01:02:03,5", "2024-01-01 01:02 +01:00", "now", "1e3"),
        ]
    ),
)
PAIRS = {
    "int": (casts.cast_ints, casts.exact_ints),
    "float": (casts.cast_floats, casts.exact_floats),
    "timestamp": (casts.cast_moments, moments.exact_moments),
}


def column(kind: str, **fields: object) -> Column:
    return Column.model_validate({"type": kind, **fields})


def typed(text: str, kind: str) -> object:
    """What a text is as that type, and None where it is refused."""
    return check(pa.array([text]), column(kind)).values[0].as_py()


def faults(cells: list[str | None], rules: Column) -> list[tuple[int, str]]:
    """The place of each broken cell, and the rule."""
    broken = check(pa.array(cells, pa.string()), rules).broken
    return sorted(
        (k, rule) for mask, rule in broken for k, hit in enumerate(mask.to_pylist()) if hit
    )


def hold_equal(kind: str, cells: list[str | None]) -> None:
    fast, exact = PAIRS[kind]
    texts = pa.array(["7", *cells, "8"], pa.string())[1:-1]
    quick, slow = fast(texts), exact(texts)
    assert quick.type == ARROW_TYPES[kind]
    assert [repr(v) for v in quick.to_pylist()] == [repr(v) for v in slow.to_pylist()]


@pytest.mark.parametrize("kind", ["int", "float"])
@UNHURRIED
@given(st.lists(st.none() | NUMBERS, max_size=8), st.lists(st.integers().map(str), max_size=3))
def test_fast_numbers_are_the_exact_ones(
    kind: str, odd: list[str | None], plain: list[str]
) -> None:
    """Whatever stands in a block, casting it fast gives what the type's definition gives."""
    hold_equal(kind, [*plain * 30, *odd])


@UNHURRIED
@given(st.lists(st.none() | MOMENTS | NUMBERS, max_size=8), st.lists(MOMENTS, max_size=3))
def test_fast_timestamps_are_the_exact_ones(odd: list[str | None], usual: list[str]) -> None:
    """Layouts mixed in any way are each read as ISO 8601 has them."""
    hold_equal("timestamp", [*usual * 30, *odd])


@pytest.mark.parametrize("text", ["0x10", "7.5", "1e3", "nan", "", "1_000", "٣", "9" * 19, "."])
def test_an_int_is_a_whole_number(text: str) -> None:
    """Nothing else is made to fit."""
    assert typed(text, "int") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("+7", 7), ("007", 7), ("-0", 0), (" 7\t", 7), (str(2**63 - 1), 2**63 - 1)],
)
def test_an_int_is_kept_exactly(text: str, value: int) -> None:
    """Of up to 64 bits, with white space around it or not."""
    assert typed(text, "int") == value


def test_an_int_may_be_written_as_a_float() -> None:
    """As programs do that have no missing integers, as far as a float tells integers apart."""
    texts = ["7.0", "7.", "-7.000", "9007199254740992.0", "9007199254740994.0"]
    assert [typed(text, "int") for text in texts] == [7, 7, -7, 2**53, None]


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e400", "0x1p3", "1,5", "1 000", "-"])
def test_a_float_is_finite(text: str) -> None:
    """What no double holds is refused, not read as infinity."""
    assert typed(text, "float") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), (".5", 0.5), ("5.", 5), ("-1.5e-3", -0.0015), ("+2E2", 200), ("1e-400", 0)],
)
def test_a_float_is_decimal(text: str, value: float) -> None:
    """With a sign, a point and an exponent or without."""
    assert typed(text, "float") == value


def test_a_bool_is_one_of_ten_words() -> None:
    """In any case of letters."""
    words = ["true", "Yes", "T", "y", "1", "FALSE", "no", "f", "N", "0", "maybe"]
    assert [typed(word, "bool") for word in words] == [True] * 5 + [False] * 5 + [None]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2024-02-29 13:14", datetime(2024, 2, 29, 13, 14, tzinfo=UTC)),
        ("2024-02-29T13:14:15.5Z", datetime(2024, 2, 29, 13, 14, 15, 500000, UTC)),
        ("2024-02-29T13:14:15.123456789+02:00", datetime(2024, 2, 29, 11, 14, 15, 123456, UTC)),
        ("2023-02-29", None),
        ("2024-02-29+01:00", None),
        ("29.02.2024", None),
    ],
)
def test_a_timestamp_is_iso_8601(text: str, moment: datetime | None) -> None:
    """In UTC where it names no offset; a date that the calendar lacks is refused."""
    assert typed(text, "timestamp") == moment


def test_white_space_around_a_cell_is_no_part_of_it() -> None:
    """Also where it is no ASCII, and whatever the type."""
    assert [typed(text, "text") for text in (" a b ", "\u2003a\t", "é ")] == ["a b", "a", "é"]
    assert typed("\N{NO-BREAK SPACE}2024-01-01 ", "timestamp") == datetime(2024, 1, 1, tzinfo=UTC)


def test_markers_stand_for_missing_cells() -> None:
    """Empty and null cells do too; only a column that allows none names them."""
    cells = ["1", "", "  ", "?", "999", None, " ? "]
    rules = column("int", missing=["?", "999"], nullable=False)
    assert faults(cells, rules) == [(k, "is missing") for k in range(1, 7)]
    assert faults(cells, column("int", missing=["?", "999"])) == []


def test_bounds_are_exact_beyond_what_a_float_tells_apart() -> None:
    """An integer of 64 bits meets its bound as it is, and one between integers as well."""
    assert faults([str(2**62)], column("int", min=0, max=2**62)) == []
    assert faults([str(2**62 + 1)], column("int", max=2**62)) == [(0, f"is above {2**62:.15g}")]
    assert faults(["2", "3"], column("int", min=2.5)) == [(0, "is below 2.5")]
    assert faults(["1.9", "2.1"], column("float", max=2)) == [(1, "is above 2")]


@pytest.mark.parametrize(
    ("kind", "values", "good", "bad"),
    [
        ("category", ["a", "b"], " a", "A"),
        ("category", [1, 2], "1", "1.0"),
        ("int", [1, 2], "1.0", "3"),
        ("float", [0.5, 1], "1", "2"),
        ("bool", [True], "yes", "no"),
        ("timestamp", ["2024-01-01"], "2024-01-01T01:00+01:00", "2024-01-02"),
    ],
)
def test_values_are_compared_as_the_type_reads_them(
    kind: str, values: list[Any], good: str, bad: str
) -> None:
    """Not as they are spelt; a missing cell is no stranger."""
    ((place, rule),) = faults([good, "", bad], column(kind, values=values))
    assert (place, rule[:11]) == (2, "is none of ")


def test_a_rule_names_only_some_of_many_values() -> None:
    """A quarantined row does not repeat a thousand of them."""
    rules = column("category", values=[f"v{k}" for k in range(1000)])
    ((_, rule),) = faults(["x", "v999"], rules)
    assert rule.endswith("v8, v9 and 990 more")


@pytest.mark.parametrize("kind", ["category", "text", "id"])
def test_a_pattern_fits_the_whole_cell(kind: str) -> None:
    """Each of its alternatives, to the very end; a missing cell need not."""
    cells = ["ab", " cd ", "abc", "xcd", "ab\ncd", "", None]
    rule = "does not match ab|cd"
    assert faults(cells, column(kind, pattern="ab|cd")) == [(k, rule) for k in (2, 3, 4)]


@pytest.mark.parametrize("kind", list(ARROW_TYPES))
def test_a_nul_byte_is_named(kind: str) -> None:
    """Once for a cell, of whatever type, instead of all that follows from it."""
    assert faults(["1\0", "2024-01-01\0 "], column(kind)) == [
        (0, "holds a NUL byte"),
        (1, "holds a NUL byte"),
    ]


@pytest.mark.parametrize("kind", list(ARROW_TYPES))
@pytest.mark.parametrize("cells", [[], [None, ""], ["", ""]])
def test_nothing_is_typed_as_nothing(kind: str, cells: list[str | None]) -> None:
    """Empty blocks and columns of missing cells keep their type and length."""
    checked = check(pa.array(cells, pa.string()), column(kind))
    assert checked.values == pa.nulls(len(cells), ARROW_TYPES[kind])
