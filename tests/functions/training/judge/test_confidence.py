"""The verdict keeps its word: how often it is wrong is what the contract's confidence allows."""

import numpy as np
import pytest

from tidemill.contract import Gate
from tidemill.evaluation import Evaluation
from training.judge.judge import judge
from training.train.examining.comparison import compare
from training.train.examining.uncertainty import Answers, study
from training.train.measuring.metrics import Scorer

PAIRS = 200
ROWS = 300
METRICS = ["rmse", "roc_auc", "average_precision"]
# What models of a kind get wrong together, and each by itself.
SHARED = {"rmse": 0.5, "roc_auc": 0.3, "average_precision": 0.3}
OWN = {"rmse": 0.5, "roc_auc": 0.8, "average_precision": 0.8}
SURELY_BETTER = {
    "difference": 1.0,
    "low": 0.5,
    "high": 1.5,
    "probability_better": 1.0,
    "resamples": 1,
}


def accepted(metric: str, times: float, gate: Gate) -> int:
    """How many of 200 challengers pass whose own errors are so many `times` the champion's.

    Each pair has test rows of its own, and errors that partly go together, as those of models do.
    """
    passed = 0
    for seed in range(PAIRS):
        rng = np.random.default_rng(seed)
        truth, shared, mine, rivals = rng.normal(size=(4, ROWS))
        both = truth + SHARED[metric] * shared
        said = {
            "challenger": both + times * OWN[metric] * mine,
            "champion": both + OWN[metric] * rivals,
        }
        y, scorer = truth, Scorer("regression", [])
        if metric != "rmse":
            y, scorer = truth > 0.8, Scorer("binary", [False, True])
            said = {role: np.column_stack([-signal, signal]) for role, signal in said.items()}
        models = {role: Answers(outputs, scorer) for role, outputs in said.items()}
        found = compare(study(metric, y, models, seed), "challenger", "champion")
        compared = {"champion": found, "baseline": SURELY_BETTER}
        evaluation = Evaluation.model_validate(
            {
                "task": "regression" if metric == "rmse" else "binary",
                "metric": metric,
                "rows": {"test": ROWS},
                "models": {},
                "comparisons": compared,
            }
        )
        passed += judge(evaluation, gate).passed
    return passed


@pytest.mark.parametrize("metric", METRICS)
def test_noise_passes_no_more_often_than_the_confidence_allows(metric: str) -> None:
    """Of 200 challengers that are equal but for noise, about 5 % pass at 95 %, 20 % at 80 %."""
    assert accepted(metric, 1, Gate(confidence=0.95)) <= 10 + 8
    assert 40 - 15 <= accepted(metric, 1, Gate(confidence=0.8)) <= 40 + 15


@pytest.mark.parametrize("metric", METRICS)
def test_a_challenger_worse_by_noise_is_refused(metric: str) -> None:
    """One that is truly worse passes less often than an equal one, and one much worse never."""
    assert accepted(metric, 1.1, Gate(confidence=0.95)) <= 0.05 * PAIRS
    assert accepted(metric, 1.8, Gate(confidence=0.95)) == 0


@pytest.mark.parametrize("metric", METRICS)
def test_a_challenger_better_beyond_noise_is_accepted(metric: str) -> None:
    """An improvement several times its own uncertainty passes at least as often as asked."""
    assert accepted(metric, 0.4, Gate(confidence=0.95)) >= 0.95 * PAIRS
