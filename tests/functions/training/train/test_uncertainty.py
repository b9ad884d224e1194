"""How surely one model is better than another on the same rows."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tidemill.evaluation import Comparison
from training.train.examining.comparison import compare, intervals
from training.train.examining.uncertainty import Answers, study
from training.train.measuring.delong import area, influences, midranks
from training.train.measuring.metrics import Scorer

type Vector = np.ndarray[Any, Any]
NUMBERS, LABELS = ["rmse", "mae", "r2"], ["no", "yes"]
OF_CLASSES = ["roc_auc", "average_precision", "log_loss", "brier", "accuracy", "f1"]


def probabilities(signal: Vector) -> Vector:
    yes = 1 / (1 + np.exp(-signal))
    return np.column_stack([1 - yes, yes])


def pair(metric: str, seed: int, errors: tuple[float, float], rows: int = 300) -> Comparison:
    """Two models whose errors have these sizes, compared on rows of their own."""
    truth, first, second = np.random.default_rng(seed).normal(size=(3, rows))
    said = [truth + error * noise for error, noise in zip(errors, (first, second), strict=True)]
    if metric in NUMBERS:
        y, scorer = truth, Scorer("regression", [])
    else:
        y, scorer = np.where(truth > 0.5, "yes", "no"), Scorer("binary", LABELS)
        said = [probabilities(3 * (signal - 0.5)) for signal in said]
    models = {name: Answers(o, scorer) for name, o in zip(("mine", "other"), said, strict=True)}
    return compare(study(metric, y, models, seed), "mine", "other")


@pytest.mark.parametrize("metric", NUMBERS + OF_CLASSES)
def test_a_clear_winner_is_seen(metric: str) -> None:
    """A model that errs less is surely better, and the bounds hold the gap."""
    found = pair(metric, 0, (0.2, 1.0))
    assert found.probability_better > 0.999
    assert 0 < found.low < found.difference < found.high


@pytest.mark.parametrize("metric", NUMBERS + OF_CLASSES)
def test_noise_is_told_from_quality(metric: str) -> None:
    """Of 30 pairs that are equally good, one is called better at 97.5 %; hardly more by chance."""
    sure = sum(pair(metric, s, (0.5, 0.5), 150).probability_better > 0.975 for s in range(30))
    assert sure <= 4


@pytest.mark.parametrize("metric", NUMBERS + OF_CLASSES)
@pytest.mark.parametrize("quick", [False, True])
def test_intervals_hold_the_metric_of_all_rows(metric: str, quick: bool) -> None:
    """Of 40 samples of 200 rows, some 95 % have the whole's metric in their interval."""
    rng = np.random.default_rng(1)
    truth, noise = rng.normal(size=(2, 20_000))
    regression = metric in NUMBERS
    y = truth if regression else np.where(truth > 0.5, "yes", "no")
    said = truth + noise if regression else probabilities(3 * (truth + noise - 0.5))
    scorer = Scorer("regression", []) if regression else Scorer("binary", LABELS)
    whole, held = scorer.score(metric, y, said), 0
    for seed in range(40):
        rows = rng.permutation(len(y))[:200]
        found = study(metric, y[rows], {"m": Answers(said[rows], scorer)}, seed, quick=quick)
        low, high = intervals(found, metric, ["m"])["m"]
        held += low <= whole <= high
    assert held >= 34


def test_no_interval_goes_where_no_metric_can_be() -> None:
    """A model that ranks nearly all pairs rightly has a ROC AUC of one at most."""
    y = np.repeat(["no", "yes"], 20)
    said = probabilities(np.r_[np.arange(20.0), np.arange(18.5, 38.5)] - 19)
    found = study("roc_auc", y, {"m": Answers(said, Scorer("binary", LABELS))}, 0)
    low, high = intervals(found, "roc_auc", ["m"])["m"]
    assert low < -found.losses["m"] < high == 1


@pytest.mark.parametrize("metric", NUMBERS + OF_CLASSES)
def test_a_model_differs_from_itself_by_nothing(metric: str) -> None:
    """At even odds, whatever way the odds were found."""
    y = np.array([0.0, 1.0, 2.0, 3.0] * 20)
    said, scorer = y + np.arange(80) % 3 / 10, Scorer("regression", [])
    if metric not in NUMBERS:
        y, scorer = np.where(y > 1, "yes", "no"), Scorer("binary", LABELS)
        said = probabilities(said - 2)
    found = study(metric, y, {"a": Answers(said, scorer), "b": Answers(said, scorer)}, 0)
    assert compare(found, "a", "b").model_dump(exclude={"resamples"}) == {
        "difference": 0.0,
        "low": 0.0,
        "high": 0.0,
        "probability_better": 0.5,
    }


def test_area_is_scikit_learns() -> None:
    """Ties count half."""
    rng = np.random.default_rng(0)
    positive, scores = rng.random(200) < 0.3, rng.integers(0, 9, 200) / 9
    assert area(positive, scores) == pytest.approx(roc_auc_score(positive, scores))
    assert midranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]


def test_the_variance_of_an_area_is_delongs() -> None:
    """As the definition has it, pair by pair: that of the placements of either kind of row."""
    rng = np.random.default_rng(2)
    positive, scores = rng.random(60) < 0.4, rng.normal(size=60).round(1)
    wins = np.sign(scores[positive][:, None] - scores[~positive][None, :]) / 2 + 0.5
    hits, others = wins.shape
    variance = wins.mean(axis=1).var(ddof=1) / hits + wins.mean(axis=0).var(ddof=1) / others
    moved = influences(positive, scores)
    assert np.square(moved).sum() == pytest.approx(variance)
    assert moved.sum() == pytest.approx(0)
