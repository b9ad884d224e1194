"""Profiles: exact counts, close quantiles, the same in any order of parts."""

import math
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.profile import Cell, ColumnProfile, Kind, Profile, bucket_of, bucket_value

# A loaded machine is no fault of the code.
UNHURRIED = settings(deadline=None)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
START = datetime(2024, 1, 1, tzinfo=UTC)
CELLS: dict[Kind, st.SearchStrategy[Cell]] = {
    "number": NUMBERS | st.integers(-5, 5),
    "category": st.text(max_size=3) | st.booleans(),
    "timestamp": st.datetimes(timezones=st.just(UTC)),
    "text": st.text(),
    "id": st.text(),
}


@UNHURRIED
@given(NUMBERS.filter(lambda number: abs(number) > 1e-9 and abs(number) < 1e300))
def test_a_bucket_stands_for_its_numbers(number: float) -> None:
    """Within one percent, with the right sign."""
    assert bucket_value(bucket_of(number)) == pytest.approx(number, rel=0.0101)


@UNHURRIED
@given(st.lists(st.none() | NUMBERS), st.lists(st.none() | NUMBERS))
def test_parts_add_up_to_the_whole(left: list[Cell], right: list[Cell]) -> None:
    """Merged profiles count what a profile of everything counts, however large the numbers."""
    whole = ColumnProfile.of_cells("number", left + right)
    parts = ColumnProfile.of_cells("number", left)
    merged = parts.merge(ColumnProfile.of_cells("number", right))
    assert merged.model_dump_json() == whole.model_dump_json()


@pytest.mark.parametrize("kind", get_args(Kind.__value__))
@UNHURRIED
@given(data=st.data())
def test_a_profile_survives_its_json(kind: Kind, data: st.DataObject) -> None:
    """Of every kind, sums beyond the largest double included."""
    cells = data.draw(st.lists(st.none() | CELLS[kind]))
    profile = Profile(rows=len(cells), columns={"a": ColumnProfile.of_cells(kind, cells)})
    assert Profile.model_validate_json(profile.model_dump_json()) == profile
    assert Profile.model_validate(profile.model_dump(mode="json")) == profile


def test_quantiles_are_within_one_percent() -> None:
    """Of skewed numbers on both sides of zero, the extremes included."""
    dice = random.Random(7)  # noqa: S311 - no secret
    cells: list[Cell] = [dice.lognormvariate(0, 2) * dice.choice((-1, 1)) for _ in range(5000)]
    numbers = sorted(float(cell) for cell in cells if cell is not None)
    profile = ColumnProfile.of_cells("number", cells)
    for fraction in (0.01, 0.25, 0.5, 0.9, 0.99):
        exact = numbers[int(fraction * 4999)]
        assert profile.quantile(fraction) == pytest.approx(exact, rel=0.02)
    extremes = (profile.quantile(0), profile.quantile(1))
    assert extremes == pytest.approx((numbers[0], numbers[-1]), rel=0.01)


def test_moments_are_the_populations() -> None:
    """Mean and standard deviation of what is present."""
    profile = ColumnProfile.of_cells("number", [1, 2, 3, 4, None])
    assert (profile.mean, profile.deviation) == (2.5, pytest.approx(1.118034))
    assert ColumnProfile.of_cells("number", [None]).quantile(0.5) is None


@pytest.mark.parametrize("kind", get_args(Kind.__value__))
@UNHURRIED
@given(data=st.data())
def test_any_grouping_of_parts_gives_the_same_profile(kind: Kind, data: st.DataObject) -> None:
    """Exactly: sums, names, sketches; merged from left, from right, in pairs or at once."""
    parts = data.draw(
        st.lists(st.lists(st.none() | CELLS[kind], max_size=12), min_size=4, max_size=4)
    )
    a, b, c, d = (ColumnProfile.of_cells(kind, part) for part in parts)
    whole = ColumnProfile.of_cells(kind, [cell for part in parts for cell in part])
    assert a.merge(b).merge(c).merge(d) == whole
    assert d.merge(c).merge(b.merge(a)) == whole
    assert a.merge(c.merge(d.merge(b))) == whole


@UNHURRIED
@given(st.lists(st.lists(st.sampled_from([f"v{n}" for n in range(40)]), max_size=30), max_size=6))
def test_too_many_categories_are_thinned_alike_in_any_grouping(parts: list[list[Cell]]) -> None:
    """Those that are named are counted from the first cell on, and all others are counted too."""
    profiles = [ColumnProfile.of_cells("category", part) for part in parts]
    empty = ColumnProfile(kind="category")
    left = reduce(lambda one, other: one.merge(other, 8), profiles, empty)
    right = reduce(lambda one, other: other.merge(one, 8), reversed(profiles), empty)
    middle = len(parts) // 2
    halves = (
        reduce(lambda one, other: one.merge(other, 8), half, empty)
        for half in (profiles[middle:], profiles[:middle])
    )
    assert left == right == next(halves).merge(next(halves), 8)
    exact = Counter(str(cell) for part in parts for cell in part)
    assert left.counts.items() <= exact.items()
    assert len(left.counts) <= 8
    assert sum(left.counts.values()) + left.others == exact.total()


def test_a_table_of_many_columns_names_fewer_values_of_each() -> None:
    """A profile stays small however wide its table is."""
    cells: list[Cell] = [f"v{n}" for n in range(3000)] + ["often"] * 5 + [True]
    column = ColumnProfile.of_cells("category", cells)
    assert (len(column.counts), column.others, column.top(1)) == (3002, 0, [("often", 5)])
    wide = Profile(rows=3006, columns={f"c{n}": column for n in range(1000)})
    merged = wide.merge(wide).columns["c0"]
    assert (merged.thinned, merged.distinct) == (2, pytest.approx(3002, rel=0.02))
    assert 500 < len(merged.counts) <= 1048
    assert sum(merged.counts.values()) + merged.others == 6012


def test_a_deviation_is_exact_far_from_zero() -> None:
    """No digits are lost to the mean, and none to squares that no double holds."""
    near = ColumnProfile.of_cells("number", [1e9, 1e9 + 1, 1e9 + 2])
    assert near.deviation == pytest.approx(math.sqrt(2 / 3), rel=1e-12)
    far = ColumnProfile.of_cells("number", [1e308, -1e308])
    assert (far.mean, far.deviation) == (0, pytest.approx(1e308))


def test_a_few_different_numbers_are_kept_as_they_are() -> None:
    """Years are years, not one bucket of four decades."""
    years = ColumnProfile.of_cells("number", [1990, 2000, 2000, 2024])
    assert [years.quantile(share) for share in (0, 0.5, 1)] == [1990, 2000, 2024]
    assert years.values == {1990: 1, 2000: 2, 2024: 1}
    assert ColumnProfile.of_cells("number", list(range(600))).values is None


@UNHURRIED
@given(st.lists(NUMBERS, min_size=1), st.integers(1, 30))
def test_a_histogram_counts_every_number_once(cells: list[Cell], bins: int) -> None:
    """Its bins touch each other, and reach from the least to the largest number."""
    profile = ColumnProfile.of_cells("number", cells)
    for column in (profile, profile.model_copy(update={"values": None})):
        found = column.histogram(bins)
        assert sum(count for _, _, count in found) == column.present
        assert found[0][0] <= (column.minimum or 0)
        assert found[-1][1] >= (column.maximum or 0)
        assert all(before[1] == after[0] for before, after in pairwise(found))


def test_a_histogram_has_round_edges() -> None:
    """And one more bin on either side for what lies far out."""
    cells: list[Cell] = [n / 100 for n in range(1000)] + [-500.0, 900.0]
    found = ColumnProfile.of_cells("number", cells).histogram(10)
    assert [low for low, _, _ in found] == [-500, 0, *range(1, 11)]
    assert found[-1][:2] == (10, 900)
    assert all(90 <= count <= 110 for _, _, count in found[1:-1])
    rings = ColumnProfile.of_cells("number", [3, 4, 4, 5, 6]).histogram()
    assert rings == [(3, 4, 1), (4, 5, 2), (5, 6, 1), (6, 7, 1)]


def test_moments_are_counted_by_the_finest_periods_that_are_few() -> None:
    """Minutes of an hour, years of centuries; in UTC."""

    def of(*steps: timedelta) -> ColumnProfile:
        return ColumnProfile.of_cells("timestamp", [START + step for step in steps])

    short = of(timedelta(0), timedelta(seconds=30), timedelta(minutes=1))
    assert short.counts == {"2024-01-01T00:00": 2, "2024-01-01T00:01": 1}
    assert (short.oldest, short.newest) == (START, START + timedelta(minutes=1))
    days = of(*(timedelta(days=day) for day in range(1001)))
    assert (len(days.counts), days.counts["2024-02"]) == (33, 29)
    assert short.merge(days).counts["2024-01"] == 34
    local = ColumnProfile.of_cells("timestamp", [datetime.fromisoformat("2024-01-01T00:30+01:00")])
    assert list(local.counts) == ["2023-12-31T23:30"]


def test_texts_and_ids_leave_no_value_behind() -> None:
    """Their lengths and their number of different values are all that is told."""
    text = ColumnProfile.of_cells("text", ["a secret", "a secret", "", None])
    assert (text.minimum, text.maximum, text.mean, text.distinct) == (0, 8, 16 / 3, 2)
    key = ColumnProfile.of_cells("id", ["secret-1", "secret-2", None])
    assert (key.distinct, key.nulls, key.mean) == (2, 1, None)
    assert "secret" not in text.model_dump_json() + key.model_dump_json()


def test_a_document_says_what_can_be_read_from_it() -> None:
    """Who reads the JSON alone finds the mean, the deviation and the quantiles in it."""
    document = ColumnProfile.of_cells("number", [1, 2, 3, 4]).model_dump(mode="json")
    assert (document["distinct"], document["mean"]) == (4, 2.5)
    assert document["quantiles"]["0.5"] == 2


def test_columns_that_one_part_lacks_stay_as_they_are() -> None:
    """A table with another column adds it."""
    one = Profile(rows=1, columns={"a": ColumnProfile.of_cells("number", [1])})
    two = Profile(rows=1, columns={"b": ColumnProfile.of_cells("category", ["x"])})
    assert one.merge(two) == Profile(rows=2, columns={**one.columns, **two.columns})
