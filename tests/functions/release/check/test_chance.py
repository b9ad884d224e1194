"""What chance explains."""

import math

import pytest

from release.check.chance import CHECKS, FALSE_ALARMS, STAGES, level_of, surely_slow, tail


def test_all_looks_together_keep_the_promise() -> None:
    """However long a stage lasts."""
    spent = sum(level_of(look) for look in range(1, 100_000))
    assert spent * STAGES * CHECKS <= FALSE_ALARMS


@pytest.mark.parametrize(("bad", "of", "rate"), [(2, 10, 0.01), (5, 200, 0.01), (3, 50, 0.001)])
def test_the_bound_is_one(bad: int, of: int, rate: float) -> None:
    """Never below the binomial distribution's own tail, and within a factor of ten of it."""
    exact = sum(math.comb(of, k) * rate**k * (1 - rate) ** (of - k) for k in range(bad, of + 1))
    assert exact <= tail(bad, of, rate) <= 10 * exact


def test_what_is_expected_is_no_evidence() -> None:
    """Nothing measured, nothing bad, as much as the rate says."""
    assert tail(0, 0, 0.01) == tail(0, 100, 0.01) == tail(1, 100, 0.01) == 1.0
    assert tail(3, 3, 0.001) == pytest.approx(1e-9)


def test_few_samples_prove_a_slow_model_only_together() -> None:
    """The more there are, the smaller the share that must be slow."""
    assert surely_slow(1, 1e-4) is None
    few, many = surely_slow(10, 1e-4), surely_slow(1000, 1e-4)
    assert few is not None
    assert many is not None
    assert few / 10 > many / 1000 > 0.01
