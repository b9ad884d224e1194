"""Thresholds and corrections, on simulated data where the best is known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tidemill.contract import parse_contract
from training.train.deciding.calibrate import calibrate
from training.train.deciding.calibration import fit
from training.train.deciding.decision import Said, aim_of, scorer_for, tuned
from training.train.measuring.cuts import Cuts
from training.train.measuring.metrics import Scorer

CONTRACT = """
pipeline: sample
target: y
task: binary
sources: {{rows: {{columns: {{x: {{type: float}}, y: {{type: bool}}}}}}}}
{more}
"""


def simulated(seed: int, rows: int, shift: float = -1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and classes that come true by them."""
    rng = np.random.default_rng(seed)
    positive = 1 / (1 + np.exp(-rng.normal(shift, 1.5, rows)))
    return (rng.random(rows) < positive).astype(int), positive


def outputs_of(positive: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - positive, positive])


def stretched(positive: np.ndarray, slope: float) -> np.ndarray:
    """Probabilities of a model that is too sure of itself."""
    return 1 / (1 + np.exp(-slope * np.log(positive / (1 - positive))))


def cost(codes: np.ndarray, answers: np.ndarray, costs: tuple[float, float]) -> float:
    return float(np.mean(np.where(answers, (1 - codes) * costs[0], codes * costs[1])))


@pytest.mark.parametrize("costs", [(1.0, 20.0), (1.0, 3.0), (5.0, 1.0)])
def test_cost_threshold_is_nearly_optimal(costs: tuple[float, float]) -> None:
    """On fresh rows, what the threshold costs is within 2 % of the least there can be."""
    paid, least = 0.0, 0.0
    for seed in range(10):
        codes, positive = simulated(seed, 4000)
        threshold = tuned("cost", codes, positive, costs)
        fresh, theirs = simulated(100 + seed, 20_000)
        paid += cost(fresh, theirs >= threshold, costs)
        least += cost(fresh, theirs >= costs[0] / sum(costs), costs)
    assert paid <= 1.02 * least


@pytest.mark.parametrize("metric", ["f1", "accuracy", "balanced_accuracy"])
def test_tuned_threshold_is_nearly_optimal(metric: str) -> None:
    """On fresh rows of a rare class, the metric is within 2 % of its best, half or not."""
    reached, best = 0.0, 0.0
    for seed in range(5):
        codes, positive = simulated(seed, 6000, shift=-3.0)
        threshold = tuned(metric, codes, positive)  # type: ignore[arg-type]
        fresh, theirs = simulated(100 + seed, 20_000, shift=-3.0)
        cuts = Cuts.of(fresh, theirs)
        reached += cuts.scores(metric)[np.searchsorted(-cuts.probabilities, -threshold, "right")]
        best += cuts.scores(metric).max()
    assert reached >= 0.98 * best


def test_few_rows_are_decided_by_theory() -> None:
    """With fewer than 100 rows of a class no threshold is read off them."""
    codes, positive = simulated(0, 120, shift=-1.5)
    assert codes.sum() < 100
    assert tuned("cost", codes, positive, (1.0, 4.0)) == 0.2
    assert tuned("accuracy", codes, positive) == 0.5
    assert tuned("balanced_accuracy", codes, positive) == codes.mean()
    assert 0.1 < tuned("f1", codes, positive) < 0.5


def test_threshold_is_the_middle_of_its_plateau() -> None:
    """Between the probabilities that it parts there is as much room on either side."""
    cuts = Cuts.of(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.9]))
    assert cuts.best(cuts.scores("accuracy")) == pytest.approx(0.4)
    constant = Cuts.of(np.array([0, 0, 0]), np.array([0.3, 0.3, 0.3]))
    assert constant.best(constant.scores("accuracy")) == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("more", "metric", "aim", "searched"),
    [
        ("", "average_precision", "half", False),
        ("", "f1", "f1", True),
        ("decision: {maximise: f1}", "balanced_accuracy", "f1", False),
        ("decision: {false_positive: 1, false_negative: 9}", "f1", "cost", False),
    ],
)
def test_contract_says_what_the_threshold_is_for(
    more: str, metric: str, aim: str, searched: bool
) -> None:
    """Costs come first, then a metric to maximise, then the contract's own metric, then half.

    A search scores a metric at its best threshold only if the threshold will be tuned for it.
    """
    contract = parse_contract(CONTRACT.format(more=more), "sample")
    assert aim_of(contract, metric) == aim
    assert scorer_for(contract, "binary", metric, [False, True]).tuned is searched


def test_calibrated_model_is_left_alone() -> None:
    """Probabilities that come true are corrected by chance in at most one of twenty samples."""
    changed = [
        calibrate("auto", codes, outputs_of(positive), seed).method != "none"
        for seed in range(40)
        for codes, positive in [simulated(seed, 1500)]
    ]
    assert sum(changed) <= 2


@pytest.mark.parametrize("slope", [2.5, 0.4])
def test_model_too_sure_or_too_timid_is_corrected(slope: float) -> None:
    """On fresh rows the corrected probabilities are the true ones, within 2 points on average."""
    codes, positive = simulated(1, 3000)
    found = calibrate("auto", codes, outputs_of(stretched(positive, slope)), seed=0)
    assert found.method != "none"
    assert found.after < found.before

    fresh, truth = simulated(2, 20_000)
    corrected = found.apply(outputs_of(stretched(truth, slope)))[:, 1]
    assert np.abs(corrected - truth).mean() < 0.02
    assert abs(corrected.mean() - fresh.mean()) < 0.02


def test_small_and_rare_classes_are_not_corrected_unasked() -> None:
    """Fewer than ten rows of a class tell nothing about probabilities."""
    codes = np.array([1] * 9 + [0] * 500)
    positive = np.linspace(0.99, 0.01, len(codes))
    assert calibrate("auto", codes, outputs_of(positive), seed=0).method == "none"
    assert calibrate("sigmoid", codes, outputs_of(positive), seed=0).method == "sigmoid"


def test_isotonic_needs_rows() -> None:
    """Below 1,000 rows a contract that asks for isotonic gets the sigmoid."""
    for rows, method in ((900, "sigmoid"), (1100, "isotonic")):
        codes, positive = simulated(3, rows)
        assert calibrate("isotonic", codes, outputs_of(positive), seed=0).method == method


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_correction_keeps_the_ranking(method: str) -> None:
    """Of two probabilities between 0 and 1 the larger one stays larger, or no smaller at worst."""
    codes, positive = simulated(4, 2000)
    correction = fit(method, codes, outputs_of(stretched(positive, 2.0)))
    rising = np.linspace(1e-6, 1 - 1e-6, 5001)
    steps = np.diff(correction.apply(outputs_of(rising))[:, 1])
    assert steps.min() >= 0
    assert np.mean(steps > 0) > 0.99


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_classes_are_corrected_together(method: str) -> None:
    """Of four classes, probabilities sum to one and lose less than the biased ones did."""
    rng = np.random.default_rng(5)
    truth = rng.dirichlet([0.6, 0.4, 0.2, 0.1], 4000)
    codes = (rng.random(4000)[:, None] > truth.cumsum(axis=1)).sum(axis=1)
    biased = truth**1.5 * np.array([1.0, 2.0, 4.0, 8.0])
    biased /= biased.sum(axis=1, keepdims=True)

    found = calibrate(method, codes, biased, seed=0)

    assert np.allclose(found.apply(biased).sum(axis=1), 1.0)
    assert found.after < 0.9 * found.before


@pytest.mark.parametrize("treatment", ["weights", "oversample", "undersample"])
def test_calibration_mends_what_balancing_does_to_probabilities(
    treatment: str, rare: Callable[[int], tuple[Any, np.ndarray]]
) -> None:
    """Of a 1 % class, a balanced model misstates probabilities tenfold; corrected, by a tenth."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import Pipeline  # noqa: PLC0415

    from training.train.searching.imbalance import treat  # noqa: PLC0415

    frame, labels = rare(0)
    plain = Pipeline([("model", LogisticRegression())])
    model = treat(plain, treatment, seed=0).fit(frame[:20_000], labels[:20_000])
    codes, outputs = (labels == "yes").astype(int), model.predict_proba(frame)
    unseen, fresh = slice(20_000, 40_000), slice(40_000, None)
    assert outputs[fresh, 1].mean() > 10 * codes[fresh].mean()

    found = calibrate("auto", codes[unseen], outputs[unseen], seed=0)

    corrected = found.apply(outputs[fresh])[:, 1]
    assert corrected.mean() == pytest.approx(codes[fresh].mean(), rel=0.1)


@pytest.fixture
def rare() -> Callable[[int], tuple[Any, np.ndarray]]:
    """Rows of a 1 % class that three numbers tell something about."""

    def make(seed: int) -> tuple[Any, np.ndarray]:
        rng = np.random.default_rng(seed)
        numbers = rng.normal(size=(80_000, 3))
        chance = 1 / (1 + np.exp(-(numbers @ [1.0, -0.7, 0.4] - 5.4)))
        return numbers, np.where(rng.random(len(numbers)) < chance, "yes", "no")

    return make


@pytest.mark.parametrize(
    ("metric", "method"), [("balanced_accuracy", "none"), ("brier", "sigmoid")]
)
def test_correction_that_spoils_answers_is_left_out(metric: str, method: str) -> None:
    """Of three classes, a balanced model keeps its balance where balanced accuracy is asked."""
    rng = np.random.default_rng(6)
    truth = rng.dirichlet([3.0, 1.0, 0.3], 3000)
    codes = (rng.random(3000)[:, None] > truth.cumsum(axis=1)).sum(axis=1)
    balanced = truth / truth.mean(axis=0)
    balanced /= balanced.sum(axis=1, keepdims=True)
    found = calibrate("auto", codes, balanced, seed=0)
    assert found.method == "sigmoid"

    said = Said(Scorer("multiclass", [0, 1, 2]), metric, codes, balanced)

    assert said.unless_worse(found).method == method
