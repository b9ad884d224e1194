"""The drift score: the published formula, the stated rate of false alarms, the right feature."""

import math
import random

import pytest

from monitoring.watch.drift import (
    MATTERS,
    bin_counts,
    chance,
    chi_square_quantile,
    measure_drift,
    psi,
)
from tidemill.profile import Cell, ColumnProfile, Profile


def numbers(cells: list[Cell]) -> ColumnProfile:
    return ColumnProfile.of_cells("number", cells)


def categories(cells: list[Cell]) -> ColumnProfile:
    return ColumnProfile.of_cells("category", cells)


def drawn(dice: random.Random, count: int, shift: float = 0.0) -> Profile:
    """Rows of three features; `shift` moves the second one by so many deviations."""
    return Profile(
        rows=count,
        columns={
            "a": numbers([dice.gauss(0, 1) for _ in range(count)]),
            "b": numbers([dice.gauss(shift, 1) for _ in range(count)]),
            "c": categories([dice.choice("xxyz") for _ in range(count)]),
        },
    )


def test_the_index_is_the_published_formula() -> None:
    """Sum of (p - q) ln(p / q) over the bins' shares, each count raised by a half."""
    bins = [(100, 50), (300, 250), (0, 10)]
    p = [(count + 0.5) / 401.5 for count, _ in bins]
    q = [(count + 0.5) / 311.5 for _, count in bins]
    direct = sum((a - b) * math.log(a / b) for a, b in zip(p, q, strict=True))
    assert psi(bins) == pytest.approx(direct)
    assert psi([(30, 30), (70, 70)]) == 0.0


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    [
        (0.95, 2, 5.991),
        (0.95, 9, 16.919),
        (0.99, 9, 21.666),
        (0.999, 9, 27.877),
        (0.99, 4, 13.277),
        (0.995, 20, 39.997),
    ],
)
def test_quantiles_of_chi_square(probability: float, freedom: int, value: float) -> None:
    """Within one percent of the tables."""
    assert chi_square_quantile(probability, freedom) == pytest.approx(value, rel=0.01)


def test_chance_shrinks_with_rows() -> None:
    """Twice the rows on both sides halve what chance explains; without rows nothing is drift."""
    few, many = [(100, 100)] * 10, [(200, 200)] * 10
    assert chance(few, 0.05) == pytest.approx(2 * chance(many, 0.05))
    assert chance([(0, 5), (0, 5)], 0.05) == chance([(5, 5)], 0.05) == math.inf


def test_numbers_are_counted_in_the_baselines_deciles() -> None:
    """Ten bins of about a tenth each, whatever the distribution; the missing have their own."""
    dice = random.Random(1)  # noqa: S311 - no secret
    baseline = numbers([dice.lognormvariate(0, 1) for _ in range(5000)])
    bins = bin_counts(baseline, numbers([0.5, 1e6, None]))
    assert len(bins) == 11
    assert all(count == pytest.approx(500, rel=0.15) for count, _ in bins[:9])
    assert 250 < bins[9][0] <= 500
    assert (bins[-1], sum(count for _, count in bins)) == ((0, 1), 3)


def test_rare_and_new_categories_are_counted_together() -> None:
    """Values below one percent of the baseline share a bin with those it never saw."""
    baseline = categories(["x"] * 995 + ["rare"] * 5)
    bins = bin_counts(baseline, categories(["x", "rare", "new", None]))
    assert bins == [(995, 1), (5, 2), (0, 1)]


@pytest.mark.parametrize("size", [100, 500, 5000])
def test_false_alarms_are_no_more_than_asked_for(size: int) -> None:
    """With nothing drifting, at most the stated share of windows is called drifted."""
    dice = random.Random(size)  # noqa: S311 - no secret
    baseline = drawn(dice, 5000)
    windows = 60 if size == 5000 else 200
    alarms = sum(
        bool(measure_drift(baseline, drawn(dice, size), 0.05).drifted) for _ in range(windows)
    )
    assert alarms <= 0.05 * windows + 3 * math.sqrt(0.05 * 0.95 * windows)


def test_a_shifted_feature_is_named() -> None:
    """It alone, with the largest score."""
    dice = random.Random(3)  # noqa: S311 - no secret
    drift = measure_drift(drawn(dice, 5000), drawn(dice, 500, shift=1.0), 1 / 30)
    assert drift.drifted == ("b",)
    assert drift.score == drift.scores["b"] > 0.5


def test_a_change_too_small_to_matter_is_no_drift() -> None:
    """However sure, with very many rows."""
    dice = random.Random(4)  # noqa: S311 - no secret
    drift = measure_drift(drawn(dice, 40_000), drawn(dice, 40_000, shift=0.1), 1 / 30)
    assert drift.scores["b"] < MATTERS
    assert drift.drifted == ()


def test_the_strongest_comes_first() -> None:
    """Features are listed by their scores."""
    base = Profile(rows=1000, columns={n: categories(["x"] * 500 + ["y"] * 500) for n in "ab"})
    window = Profile(
        rows=1000,
        columns={"a": categories(["x"] * 800 + ["y"] * 200), "b": categories(["y"] * 1000)},
    )
    assert measure_drift(base, window, 0.05).drifted == ("b", "a")


@pytest.mark.parametrize("rate", [1e-9, 0.5, 1.0, 48.0])
def test_any_rate_of_false_alarms_can_be_asked_for(rate: float) -> None:
    """Even more than one in each window."""
    dice = random.Random(5)  # noqa: S311 - no secret
    one = Profile(rows=200, columns={"a": numbers([dice.random() for _ in range(200)])})
    assert measure_drift(one, one, rate).score == 0.0


def test_columns_that_only_one_side_has_are_left_out() -> None:
    """And where nothing is shared, nothing has drifted."""
    one = Profile(rows=1, columns={"a": numbers([1])})
    two = Profile(rows=1, columns={"b": numbers([1])})
    assert (measure_drift(one, two, 0.1).scores, measure_drift(one, two, 0.1).score) == ({}, 0.0)


def test_a_constant_or_empty_column_is_no_drift() -> None:
    """One bin has nothing to compare; all missing against all missing neither."""
    same = Profile(rows=9, columns={"a": numbers([7] * 9), "b": numbers([None] * 9)})
    assert measure_drift(same, same, 0.1).drifted == ()
