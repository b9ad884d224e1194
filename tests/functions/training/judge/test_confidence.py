"""The verdict keeps its word: how often it is wrong is what the contract's confidence allows."""

import numpy as np

from tidemill.contract import Gate
from tidemill.evaluation import Evaluation
from training.judge.judge import judge
from training.train.comparison import Paired
from training.train.metrics import Scorer

PAIRS = 200
ROWS = 300
NOISE = 0.5
SURELY_BETTER = {
    "difference": 1.0,
    "low": 0.5,
    "high": 1.5,
    "probability_better": 1.0,
    "resamples": 1,
}


def accepted(error: float, gate: Gate) -> int:
    """How many of 200 challengers pass whose predictions err by `error`, the champion's by NOISE.

    Each pair has test rows of its own, and errors that partly go together, as those of models do.
    """
    passed = 0
    for seed in range(PAIRS):
        rng = np.random.default_rng(seed)
        y, shared, mine, rivals = rng.normal(size=(4, ROWS))
        paired = Paired(Scorer("regression", []), "rmse", y, seed)
        challenger = y + NOISE * shared + error * mine
        champion = y + NOISE * shared + NOISE * rivals
        found = {
            "champion": paired.compare(challenger, champion).to_json(),
            "baseline": SURELY_BETTER,
        }
        evaluation = Evaluation(
            task="regression", metric="rmse", rows={"test": ROWS}, models={}, comparisons=found
        )
        passed += judge(evaluation, gate).passed
    return passed


def test_noise_passes_no_more_often_than_the_confidence_allows() -> None:
    """Of 200 challengers that are equal but for noise, about 5 % pass at 95 %, 20 % at 80 %."""
    assert accepted(NOISE, Gate(confidence=0.95)) <= 10 + 8
    assert 40 - 15 <= accepted(NOISE, Gate(confidence=0.8)) <= 40 + 15


def test_a_challenger_worse_by_noise_is_refused() -> None:
    """One that is truly worse passes less often than an equal one, and one much worse never."""
    assert accepted(1.05 * NOISE, Gate(confidence=0.95)) <= 0.05 * PAIRS
    assert accepted(1.4 * NOISE, Gate(confidence=0.95)) == 0


def test_a_challenger_better_beyond_noise_is_accepted() -> None:
    """An improvement several times its own uncertainty passes at least as often as asked."""
    assert accepted(0.6 * NOISE, Gate(confidence=0.95)) >= 0.95 * PAIRS
