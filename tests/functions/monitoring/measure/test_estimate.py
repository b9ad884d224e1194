"""What is estimated without outcomes is what outcomes would show, within its bounds."""

import numpy as np
import pytest
from sklearn import metrics as sk

from monitoring.measure.estimate import Correction, Said
from monitoring.measure.scores import Judged

METRICS = ("accuracy", "roc_auc", "average_precision", "brier", "log_loss", "f1")


def drawn(rng: np.random.Generator, rows: int, shift: float = 0.0) -> tuple[np.ndarray, ...]:
    """Chances that are too sure of themselves, and labels."""
    odds = rng.normal(shift, 1.5, rows)
    labels = rng.random(rows) < 1 / (1 + np.exp(-odds / 1.4))
    return 1 / (1 + np.exp(-odds)), labels.astype(int)


def bins(chances: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    return [
        {"predicted": chances[p].mean(), "observed": labels[p].mean(), "rows": float(len(p))}
        for p in np.array_split(np.argsort(chances), 10)
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_bounds_hold_what_outcomes_show(metric: str) -> None:
    """In 93 to 97 of a hundred, but for chance, although features have moved."""
    rng, inside, runs = np.random.default_rng(7), 0, 120
    for _ in range(runs):
        correction = Correction.of(bins(*drawn(rng, 1_500)))
        chances, labels = drawn(rng, 1_000, shift=0.7)
        said = Said.of(chances, (chances >= 0.5).astype(int))
        score = said.estimate(metric, correction)
        assert score is not None
        assert score.low is not None
        assert score.high is not None
        table = np.column_stack([1 - chances, chances])
        judged = Judged(labels, (chances >= 0.5).astype(int), table, 2)
        inside += score.low - 2e-3 <= judged.metric(metric) <= score.high + 2e-3
    assert 0.89 <= inside / runs <= 0.995


def test_days_add_up() -> None:
    """Of two captures as of both at once, and from what the registry keeps."""
    chances, labels = drawn(np.random.default_rng(1), 500)
    whole = Said.of(chances, labels)
    parts = Said.of(chances[:100], labels[:100]) + Said.of(chances[100:], labels[100:])
    assert np.array_equal(whole.rows, parts.rows)
    assert np.array_equal(Said.from_document(whole.to_document()).rows, whole.rows)


def test_few_rows_are_not_estimated() -> None:
    """Nothing can be said of fewer than thirty."""
    chances, labels = drawn(np.random.default_rng(1), 29)
    assert (
        Said.of(chances, labels).estimate("accuracy", Correction.of(bins(chances, labels))) is None
    )


@pytest.mark.parametrize("metric", [*METRICS, "precision", "recall", "balanced_accuracy"])
def test_metrics_are_scikit_learns(metric: str) -> None:
    """Of the same rows the same number."""
    chances, labels = drawn(np.random.default_rng(2), 400)
    chances = chances.round(2)
    answers = (chances >= 0.4).astype(int)
    judged = Judged(labels, answers, np.column_stack([1 - chances, chances]), 2)
    theirs = {
        "roc_auc": sk.roc_auc_score,
        "average_precision": sk.average_precision_score,
        "brier": sk.brier_score_loss,
        "log_loss": sk.log_loss,
    }
    if metric in theirs:
        expected = theirs[metric](labels, chances.clip(1e-15, 1 - 1e-15))
    else:
        expected = getattr(sk, f"{metric}_score")(labels, answers)
    assert judged.metric(metric) == pytest.approx(expected)
