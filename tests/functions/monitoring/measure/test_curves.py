"""What a test says of chances: a curve of log odds, and how sure it is."""

from dataclasses import replace

import numpy as np
import pytest

from monitoring.measure.correction import Correction
from monitoring.measure.curves import curve


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
    """And one of no weight is none."""
    rng = np.random.default_rng(2)
    chances, came_true = rng.random(300), rng.random(300) < 0.4
    weights = np.repeat([0.0, 1.0, 2.0], 100)
    twice = np.concatenate([chances[100:], chances[200:]])
    expected = curve(twice, np.concatenate([came_true[100:], came_true[200:]]))
    found = curve(chances, came_true, weights)
    for place in (-1.0, 0.0, 1.0):
        assert at(found, place) == pytest.approx(at(expected, place), abs=0.02)


def test_what_is_unlike_the_usual_is_less_sure() -> None:
    """Where it differs, and nowhere else."""
    ends = np.array([-1.0, 1.0])
    usual = Correction(ends, ends, np.zeros((2, 2)))
    moved = replace(usual, values=np.array([-1.0, 2.0]))
    assert np.diag(moved.unlike(usual).spread) == pytest.approx([0.0, 0.49])
