"""Profiles: exact counts, close quantiles, the same in any order of parts."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.profile import Cell, ColumnProfile, Profile, bucket_of, bucket_value

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS.filter(lambda number: abs(number) > 1e-9 and abs(number) < 1e300))
def test_a_bucket_stands_for_its_numbers(number: float) -> None:
    """Within one percent, with the right sign."""
    assert bucket_value(bucket_of(number)) == pytest.approx(number, rel=0.0101)


@given(st.lists(st.none() | NUMBERS), st.lists(st.none() | NUMBERS))
def test_parts_add_up_to_the_whole(left: list[Cell], right: list[Cell]) -> None:
    """Merged profiles count what a profile of everything counts, however large the numbers."""
    whole = ColumnProfile.of_cells("number", left + right)
    parts = ColumnProfile.of_cells("number", left)
    merged = parts.merge(ColumnProfile.of_cells("number", right))
    exact = {"total", "squares"}
    assert merged.model_dump(exclude=exact) == whole.model_dump(exclude=exact)


@given(st.lists(NUMBERS))
def test_a_profile_survives_its_json(cells: list[Cell]) -> None:
    """Sums that overflow included."""
    profile = Profile(rows=len(cells), columns={"a": ColumnProfile.of_cells("number", cells)})
    again = Profile.model_validate_json(profile.model_dump_json())
    assert repr(again) == repr(profile)


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


def test_only_the_most_frequent_categories_are_kept_by_name() -> None:
    """The rest is counted together, so that a profile stays small."""
    cells: list[Cell] = [f"v{n}" for n in range(3000)] + ["often"] * 5 + [True]
    profile = ColumnProfile.of_cells("category", cells)
    merged = profile.merge(profile)
    for found, times in ((profile, 1), (merged, 2)):
        assert len(found.counts) == 1000
        assert found.counts["often"] == 5 * times
        assert sum(found.counts.values()) + found.others == 3006 * times


def test_columns_that_one_part_lacks_stay_as_they_are() -> None:
    """A table with another column adds it."""
    one = Profile(rows=1, columns={"a": ColumnProfile.of_cells("number", [1])})
    two = Profile(rows=1, columns={"b": ColumnProfile.of_cells("category", ["x"])})
    assert one.merge(two) == Profile(rows=2, columns={**one.columns, **two.columns})
