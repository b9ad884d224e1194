"""What is estimated without outcomes is what outcomes would show, within its bounds."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from monitoring.measure.correction import FURTHEST, Correction
from monitoring.measure.curves import curve
from monitoring.measure.estimate import Said
from monitoring.measure.scores import Judged

METRICS = ("accuracy", "roc_auc", "average_precision", "brier", "log_loss", "f1")
LABELLED = ("precision", "recall", "balanced_accuracy")
ENDS = np.array([-FURTHEST, FURTHEST])
AS_SAID = Correction(ENDS, ENDS, np.zeros((2, 2)))


def drawn(rng: np.random.Generator, rows: int, shift: float = 0.0) -> tuple[np.ndarray, ...]:
    """Chances that are too sure of themselves, and labels."""
    odds = rng.normal(shift, 1.5, rows)
    labels = rng.random(rows) < 1 / (1 + np.exp(-odds / 1.4))
    return two(1 / (1 + np.exp(-odds))), labels.astype(int)


def two(second: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - second, second])


def three(rng: np.random.Generator, rows: int, shift: float = 0.0) -> tuple[np.ndarray, ...]:
    """Chances of three classes that are too sure of themselves, and labels."""
    raw = rng.normal([shift, 0.0, 0.0], 1.2, (rows, 3))
    given, true = (np.exp(raw * by) for by in (1.3, 1.0))
    given, true = (each / each.sum(axis=1, keepdims=True) for each in (given, true))
    return given, (rng.random((rows, 1)) > true.cumsum(axis=1)[:, :2]).sum(axis=1)


def curves(labels: np.ndarray, chances: np.ndarray) -> list[Correction]:
    places = [1] if chances.shape[1] == 2 else range(chances.shape[1])
    return [curve(chances[:, place], labels == place) for place in places]


@pytest.mark.parametrize("draw", [drawn, three])
def test_bounds_hold_what_outcomes_show(draw: Any) -> None:  # noqa: ANN401 - a function here
    """In 93 to 97 of a hundred, but for chance, although features have moved."""
    rng, runs = np.random.default_rng(7), 25
    inside = dict.fromkeys(METRICS, 0)
    for _ in range(runs):
        chances, labels = draw(rng, 1_500)
        corrections = curves(labels, chances)
        chances, labels = draw(rng, 600, shift=0.7)
        answers = chances.argmax(axis=1)
        said = Said.of(chances, answers)
        judged = Judged(labels, answers, chances, chances.shape[1])
        for metric in METRICS:
            score = said.estimate(metric, corrections)
            assert score is not None
            assert score.low is not None
            assert score.high is not None
            inside[metric] += score.low <= judged.metric(metric) <= score.high
    assert all(held / runs >= 0.8 for held in inside.values()), inside
    assert 0.88 <= sum(inside.values()) / runs / len(METRICS) <= 0.99


@pytest.mark.parametrize("metric", [*METRICS, *LABELLED])
@pytest.mark.parametrize("draw", [drawn, three])
def test_of_sure_labels_the_metric_is_what_is_realised(draw: Any, metric: str) -> None:  # noqa: ANN401
    """Chances that are all but certain give the metric that their own labels have."""
    chances, _ = draw(np.random.default_rng(5), 400)
    sure = np.eye(chances.shape[1])[chances.argmax(axis=1)] * (1 - 1e-6) + 1e-7
    answers = np.where(np.arange(400) < 100, 0, sure.argmax(axis=1))
    score = Said.of(sure, answers).estimate(metric, [AS_SAID] * (1 if draw is drawn else 3))
    judged = Judged(sure.argmax(axis=1), answers, sure, chances.shape[1])
    assert score is not None
    assert score.value == pytest.approx(judged.metric(metric), abs=1e-3)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 1e-12, 0.04, 0.3, 0.5, 0.97, 1.0]), min_size=30, max_size=90),
    st.lists(st.booleans(), min_size=30, max_size=90),
    st.integers(2, 3),
)
def test_odd_chances_have_finite_and_ordered_bounds(
    numbers: list[float], truth: list[bool], classes: int
) -> None:
    """Constant ones, zeros and ones, of one class alone, of thirty rows."""
    rows = min(len(numbers), len(truth))
    first = np.array(numbers[:rows])
    chances = np.column_stack([first, *[(1 - first) / (classes - 1)] * (classes - 1)])
    labels = np.array(truth[:rows]).astype(int)
    corrections = curves(labels, chances)
    for answers in (labels, np.zeros(rows, int)):
        for metric in (*METRICS, *LABELLED):
            score = Said.of(chances, answers).estimate(metric, corrections)
            assert score is not None
            assert score.low is not None
            assert score.high is not None
            assert -1e-9 <= score.low <= score.value <= score.high < 30


def test_days_add_up() -> None:
    """Of two captures as of both at once, and from what the registry keeps."""
    chances, labels = three(np.random.default_rng(1), 500)
    whole = Said.of(chances, labels)
    parts = Said.of(chances[:100], labels[:100]) + Said.of(chances[100:], labels[100:])
    assert np.array_equal(whole.rows, parts.rows)
    assert whole.joint == pytest.approx(parts.joint)
    kept = Said.from_document(whole.to_document())
    assert np.array_equal(kept.rows, whole.rows)
    assert kept.joint == whole.joint


def test_few_rows_are_not_estimated() -> None:
    """Nothing can be said of fewer than thirty."""
    chances, labels = drawn(np.random.default_rng(1), 29)
    assert Said.of(chances, labels).estimate("accuracy", [AS_SAID]) is None


@pytest.mark.parametrize("metric", [*METRICS, *LABELLED])
def test_metrics_are_scikit_learns(metric: str) -> None:
    """Of the same rows the same number."""
    chances, labels = drawn(np.random.default_rng(2), 400)
    chances = chances[:, 1].round(2)
    answers = (chances >= 0.4).astype(int)
    judged = Judged(labels, answers, two(chances), 2)
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
