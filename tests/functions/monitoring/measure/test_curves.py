"""What a test says of chances: a curve of log odds, and how sure it is."""

from dataclasses import replace

import numpy as np
import pytest

from monitoring.measure.correction import Correction
from monitoring.measure.curves import curve, curve_from


def at(found: Correction, odds: float) -> float:
    return float(np.interp(odds, found.knots, found.values))


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.6, -0.5)])
def test_a_curve_finds_the_log_odds_that_were_right(slope: float, shift: float) -> None:
    """Those given where they were right, a line where they were off by one."""
    rng = np.random.default_rng(1)
    odds = rng.normal(0, 1.5, 6_000)
    came_true = rng.random(6_000) < 1 / (1 + np.exp(-slope * odds - shift))
    found = curve(1 / (1 + np.exp(-odds)), came_true)
    for place in (-2.0, 0.0, 2.0):
        assert at(found, place) == pytest.approx(slope * place + shift, abs=0.25)
    spread = found.spread
    assert np.linalg.eigvalsh((spread + spread.T) / 2).min() > -1e-4
    inner = np.diag(spread)[1:-1]
    assert spread[0, 0] > inner.min() > 0


@pytest.mark.parametrize("chances", [[0.5] * 40, [0.0] * 20 + [1.0] * 20, [0.3]])
def test_odd_chances_have_a_finite_curve(chances: list[float]) -> None:
    """Constant ones, those that are sure, and a single row; of one class alone."""
    for truth in (np.zeros(len(chances), bool), np.ones(len(chances), bool)):
        found = curve(np.array(chances), truth)
        assert np.isfinite(found.spread).all()
        assert np.isfinite(found.values).all()


def test_a_row_of_weight_two_is_two_rows() -> None:
    """And one of no weight is none; what weighed rows show is as far from the usual as they are."""
    rng = np.random.default_rng(2)
    chances, came_true = rng.random(1_500), rng.random(1_500) < 0.4
    weights = np.repeat([0.0, 1.0, 2.0], 500)
    usual = curve(chances, came_true)
    again = np.concatenate([np.arange(500, 1_000), np.arange(1_000, 1_500).repeat(2)])
    expected = curve_from(usual, chances[again], came_true[again], np.ones(1_500))
    found = curve_from(usual, chances, came_true, weights)
    for place in (-1.0, 0.0, 1.0):
        assert at(found, place) == pytest.approx(at(expected, place), abs=0.02)


@pytest.mark.parametrize(("weight", "least", "most"), [(1e-3, 0.0, 0.2), (1.0, 0.8, 1.2)])
def test_few_rows_leave_the_usual_curve_where_it_is(
    weight: float, least: float, most: float
) -> None:
    """Rows of another kind, which count for two or for all that they are."""
    rng = np.random.default_rng(4)
    odds = rng.normal(0, 1, 2_000)
    chances = 1 / (1 + np.exp(-odds))
    usual = curve(chances, rng.random(2_000) < chances)
    others = rng.random(2_000) < 1 / (1 + np.exp(-odds - 1))
    found = curve_from(usual, chances, others, np.full(2_000, weight))
    assert least <= at(found, 0.0) - at(usual, 0.0) <= most
    assert np.diag(found.spread - usual.spread).min() >= 0


def test_what_is_unlike_the_usual_is_less_sure() -> None:
    """Where it differs, and nowhere else."""
    ends = np.array([-1.0, 1.0])
    usual = Correction(ends, ends, np.zeros((2, 2)))
    moved = replace(usual, values=np.array([-1.0, 2.0]))
    assert np.diag(moved.unlike(usual).spread) == pytest.approx([0.0, 0.49])
