"""What a test says of chances: a curve of log odds, and how sure it is."""

import numpy as np
import pandas as pd
import pytest

from training.train.measuring.curves import curve, curves
from training.train.measuring.fringes import fringes, unlike


def at(found: dict[str, list[float]], odds: float) -> float:
    return float(np.interp(odds, found["knots"], found["values"]))


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.6, -0.5)])
def test_a_curve_finds_the_log_odds_that_were_right(slope: float, shift: float) -> None:
    """Those given where they were right, a line where they were off by one."""
    rng = np.random.default_rng(1)
    odds = rng.normal(0, 1.5, 6_000)
    came_true = rng.random(6_000) < 1 / (1 + np.exp(-slope * odds - shift))
    found = curve(1 / (1 + np.exp(-odds)), came_true)
    for place in (-2.0, 0.0, 2.0):
        assert at(found, place) == pytest.approx(slope * place + shift, abs=0.25)
    spread = np.array(found["spread"])
    assert np.linalg.eigvalsh((spread + spread.T) / 2).min() > -1e-4
    inner = np.diag(spread)[1:-1]
    assert spread[0, 0] > inner.min() > 0


@pytest.mark.parametrize("chances", [[0.5] * 40, [0.0] * 20 + [1.0] * 20, [0.3]])
def test_odd_chances_have_a_finite_curve(chances: list[float]) -> None:
    """Constant ones, those that are sure, and a single row; of one class alone."""
    for truth in (np.zeros(len(chances), bool), np.ones(len(chances), bool)):
        found = curve(np.array(chances), truth)
        assert np.isfinite(np.array(found["spread"])).all()
        assert np.isfinite(found["values"]).all()


def test_classes_have_a_curve_each_and_two_have_one() -> None:
    """Of two classes the second's is both's."""
    rng = np.random.default_rng(2)
    for classes, count in ((2, 1), (3, 3)):
        outputs = rng.dirichlet(np.ones(classes), 200)
        assert len(curves(rng.integers(0, classes, 200), outputs)) == count


def test_fringes_that_are_unlike_make_a_curve_less_sure() -> None:
    """Chances right on the whole, and wrong both ways at the ends of a feature."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=4_000)
    chances = np.full(4_000, 0.5)
    edges = fringes(pd.DataFrame({"x": x, "even": 1.0, "text": "a"}))
    assert [len(rows) for rows in edges] == [400, 400]
    for weight, least, most in ((0.0, -1e-5, 0.05), (1.0, 1.0, 9.0)):
        came_true = rng.random(4_000) < 1 / (1 + np.exp(-weight * x))
        wider = np.array(curve(chances, came_true, edges)["spread"])
        plain = np.array(curve(chances, came_true)["spread"])
        assert least <= float(np.diag(wider - plain).min()) <= most


def test_offsets_within_their_own_variance_are_no_difference() -> None:
    """What chance explains counts for nothing."""
    offsets = [np.array([0.1, 1.0]), np.array([-0.1, 1.0])]
    found = unlike(offsets, [np.diag([0.02, 0.5])] * 2)
    assert found == pytest.approx(np.diag([0.0, 0.5]))
