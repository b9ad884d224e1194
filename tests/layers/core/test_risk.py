"""Bounds of a loss that hold whenever somebody looks, and what follows from them."""

from dataclasses import asdict

import numpy as np
import pytest

from tidemill.risk import Change, Harm, Loss, Losses, harmed

PROMISED = Loss(0.2, 0.18, 0.22, 500)
AS_PROMISED, WORSE = Loss(0.2, 0.18, 0.23, 900), Loss(0.4, 0.35, 0.45, 900)
UNSURE = Loss(0.25, 0.1, 0.4, 20)


@pytest.mark.parametrize("means", [(0.2, 0.2), (0.4, 0.1), (0.1, 0.4)])
def test_bounds_hold_at_all_times_together(means: tuple[float, float]) -> None:
    """In 200 streams of 400 losses at most 5 % leave the mean so far, though it changes midway."""
    rng = np.random.default_rng(0)
    mean = np.repeat(means, 200)
    so_far = (np.cumsum(mean) / np.arange(1, 401)).tolist()
    left = 0
    for _ in range(200):
        losses, seen = Losses(), True
        for loss, expected in zip(rng.beta(5 * mean, 5 - 5 * mean).tolist(), so_far, strict=True):
            losses = losses.with_one(loss)
            bounds = losses.bounds()
            assert bounds is not None
            seen = seen and bounds.low <= expected <= bounds.high
        left += not seen
    assert left <= 10


def test_bounds_are_of_the_mean_that_is_shown() -> None:
    """What was worse once weighs no more than what is better now."""
    bounds = Losses().add([0.3] * 2_000 + [0.1] * 2_000).bounds()
    assert bounds is not None
    assert bounds.value == pytest.approx(0.2)
    assert bounds.low < 0.2 < bounds.high < 0.21


@pytest.mark.parametrize(("rows", "width"), [(500, 0.15), (5_000, 0.05)])
def test_bounds_are_narrow_enough_to_tell(rows: int, width: float) -> None:
    """Of losses of 0 and 1, one in five, which vary as much as any of their mean."""
    rng = np.random.default_rng(2)
    bounds = Losses().add((rng.random(rows) < 0.2).astype(float).tolist()).bounds()
    assert bounds is not None
    assert bounds.high - bounds.low < width


def test_sums_are_kept_and_those_of_an_earlier_version_are_not_read() -> None:
    """They were of other things."""
    kept = asdict(Losses(doubt=0.03).add([0.1, 0.4]))
    assert Losses.load(kept) == Losses(doubt=0.03).add([0.1, 0.4])
    assert Losses.load({**kept, "weights": 1.0, "weighted": 0.2, "slack": 0.1}) is None


def test_bounds_close_in_on_the_mean() -> None:
    """With losses enough they are close, in the unit of the loss."""
    rng = np.random.default_rng(1)
    bounds = Losses().add((rng.random(20_000) < 0.1).astype(float).tolist()).bounds(scale=5.0)
    assert bounds is not None
    assert bounds.low < 0.5 < bounds.high
    assert bounds.high - bounds.low < 0.2
    assert Losses().bounds() is None


@pytest.mark.parametrize(
    ("realised", "estimated", "drifted", "expected"),
    [
        (WORSE, None, None, ("harm", "outcomes", "")),
        (WORSE, AS_PROMISED, True, ("harm", "outcomes", "concept")),
        (WORSE, None, False, ("harm", "outcomes", "concept")),
        (WORSE, WORSE, False, ("harm", "outcomes", "data")),
        (AS_PROMISED, WORSE, True, ("no harm", "outcomes", "")),
        (UNSURE, WORSE, True, ("harm", "estimate", "data")),
        (UNSURE, AS_PROMISED, True, ("no harm", "estimate", "")),
        (UNSURE, None, None, ("not known", "", "")),
        (None, None, True, ("not known", "", "")),
    ],
)
def test_outcomes_count_before_estimates(
    realised: Loss | None,
    estimated: Loss | None,
    drifted: bool | None,
    expected: tuple[str, str, Change],
) -> None:
    """Harm is sure or is none; a concept has changed where only outcomes show harm."""
    harm = harmed(PROMISED, realised=realised, estimated=estimated, drifted=drifted)
    assert (harm.verdict, harm.basis, harm.change) == expected
    assert harm.reason


def test_what_is_too_little_is_said() -> None:
    """With the loss that is known so far, and its bounds."""
    reason = harmed(PROMISED, realised=UNSURE, estimated=UNSURE).reason
    assert "realised loss 0.25 (0.1 to 0.4, 20 rows), and 0.231 is the limit" in reason
    assert "; estimated loss 0.25" in reason


def test_without_a_promise_nothing_is_known() -> None:
    """No loss is harm by itself."""
    assert harmed(None, realised=WORSE) == Harm(
        "not known", "", "", "the champion's test promises no loss to compare with"
    )
