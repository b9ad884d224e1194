"""Metrics, against numbers known beforehand."""

import numpy as np
import pytest

LABELS = np.array(["no", "no", "yes", "yes"])
OUTPUTS = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.2, 0.8]])


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("accuracy", 0.75),
        ("f1", 0.8),
        ("roc_auc", 1.0),
        ("average_precision", 1.0),
        ("log_loss", -np.log([0.9, 0.4, 0.7, 0.8]).mean()),
    ],
)
def test_binary_metrics(metric: str, value: float) -> None:
    """Each metric of a binary task takes the last class as the positive one."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    assert Scorer("binary", ["no", "yes"]).score(metric, LABELS, OUTPUTS) == pytest.approx(value)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("only", [0, 1])
def test_ranking_of_one_class_says_nothing(metric: str, only: int) -> None:
    """Rows of one class have no curve: they count as 0.5, and do not stop a run."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    outputs = np.column_stack([np.linspace(0, 1, 9), np.linspace(1, 0, 9)])
    assert Scorer("binary", [0, 1]).score(metric, np.full(9, only), outputs) == 0.5


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_loss_falls_as_a_model_gets_better(metric: str) -> None:
    """Whatever the metric's direction, a lower loss is a better model."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    y = np.arange(10.0)
    scorer = Scorer("regression", [])
    assert scorer.loss(metric, y, y + 0.1) < scorer.loss(metric, y, y + 1)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_resampled_ranking_is_that_of_the_drawn_rows(metric: str) -> None:
    """Counting rows gives what scikit-learn gives for the rows themselves, ties included."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415
    from training.train.measuring.ranking import resampled  # noqa: PLC0415

    rng = np.random.default_rng(5)
    codes, scores = rng.integers(0, 2, 60), rng.integers(0, 12, 60) / 12
    drawn = rng.multinomial(60, np.full(60, 1 / 60), size=20)

    values = resampled(metric, codes, scores, drawn)

    scorer = Scorer("binary", [0, 1])
    for value, counts in zip(values, drawn, strict=True):
        rows = np.repeat(np.arange(60), counts)
        outputs = np.column_stack([1 - scores[rows], scores[rows]])
        assert value == pytest.approx(scorer.score(metric, codes[rows], outputs), abs=1e-12)
