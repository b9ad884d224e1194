"""What the console says of a champion's quality, which is what the API says of it."""

from typing import Any

import pytest

from local.console.quality import BLIND, quality

PROMISED = {"value": 1.5, "low": 1.4, "high": 1.6, "rows": 627}
BAD = {"value": 3.0, "low": 2.8, "high": 3.2, "rows": 500}
GOOD = {"value": 1.5, "low": 1.45, "high": 1.55, "rows": 500}
ESTIMATION = {"model": "abalone/2", "method": "the distance to rows of training", "reason": ""}


def kept(**known: Any) -> dict[str, Any]:  # noqa: ANN401 - a record
    return {"model": "abalone/2", "loss": "absolute_error", "promised": PROMISED, **known}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"realised": BAD}, "<p>Harm: realised loss 3 (2.8 to 3.2, 500 rows)"),
        ({"realised": BAD, "change": "concept"}, "What the target means has changed.</p>"),
        ({"estimated": BAD}, "The data have changed.</p>"),
        ({"realised": GOOD}, "<p>No harm: realised loss 1.5"),
        ({}, "<p>Whether it does harm is not known: "),
    ],
)
def test_a_verdict_stands_above_the_losses(known: dict[str, Any], said: str) -> None:
    """With what it rests on, and what has changed where that was told."""
    shown = quality(kept(**known), ESTIMATION, "abalone/2")
    assert said in shown.partition("<table>")[0]
    assert "Estimated by the distance to rows of training." in shown
    assert BLIND in shown


@pytest.mark.parametrize("model", ["abalone/3", ""])
def test_losses_of_another_model_are_not_shown(model: str) -> None:
    """A new champion has none yet, and before the first there are none."""
    shown = quality(kept(realised=BAD), ESTIMATION, model)
    assert "<table>" not in shown
    assert "the distance" not in shown
    assert "is not known" in shown
