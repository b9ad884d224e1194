"""Bounds of a loss that hold whenever somebody looks, and what follows from them."""

import numpy as np
import pytest

from tidemill.risk import Change, Harm, Loss, Losses, harmed

PROMISED = Loss(0.2, 0.18, 0.22, 500)
AS_PROMISED, WORSE = Loss(0.2, 0.18, 0.23, 900), Loss(0.4, 0.35, 0.45, 900)
UNSURE = Loss(0.25, 0.1, 0.4, 20)


def test_bounds_hold_at_all_times_together() -> None:
    """In 200 streams of 400 losses, the mean leaves the bounds at any time in at most 5 %."""
    rng = np.random.default_rng(0)
    left = 0
    for _ in range(200):
        losses, seen = Losses(), True
        for loss in rng.beta(1, 4, 400).tolist():
            losses = losses.with_one(loss)
            bounds = losses.bounds()
            assert bounds is not None
            seen = seen and bounds.low <= 0.2 <= bounds.high
        left += not seen
    assert left <= 10


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


def test_without_a_promise_nothing_is_known() -> None:
    """No loss is harm by itself."""
    assert harmed(None, realised=WORSE) == Harm(
        "not known", "", "", "the champion's test promises no loss to compare with"
    )
