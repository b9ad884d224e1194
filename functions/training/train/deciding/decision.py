"""From which probability on a model answers its second class, once the probabilities are right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from tidemill.contract import Contract
from training.train.deciding.calibrate import Calibration, calibrate
from training.train.deciding.decided import Decided, Estimator
from training.train.measuring.classes import by_class, reliability
from training.train.measuring.cuts import TUNABLE, Cuts
from training.train.measuring.metrics import Scorer
from training.train.rows.dataset import Channel
from training.train.searching.folds import Folds
from training.train.searching.selection import Choice

ENOUGH_OF_A_CLASS = 100
HALF = 0.5

type Aim = Literal["half", "f1", "accuracy", "balanced_accuracy", "cost"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with a model's outputs: a correction, and a threshold where classes are two.

    `costs` are of a false positive and a false negative, `expected_cost` is per row of those the
    model had not seen.
    """

    scorer: Scorer
    calibration: Calibration | None = None
    threshold: float | None = None
    aim: Aim = "half"
    costs: tuple[float, float] | None = None
    expected_cost: float | None = None

    def over(self, model: Estimator) -> Estimator:
        """The fitted model with correction and threshold; itself where there is nothing to do."""
        correction = self.calibration.correction if self.calibration else None
        if correction is None and self.threshold in {None, HALF}:
            return model
        return Decided(model, correction, self.threshold)

    def corrected(self, choice: Choice) -> Choice:
        """A choice with its outputs as the delivered model would give them."""
        if self.calibration is None:
            return choice
        apply = self.calibration.apply
        return replace(
            choice, out_of_fold=apply(choice.out_of_fold), validation=apply(choice.validation)
        )

    def findings(self, test: Channel, outputs: np.ndarray) -> dict[str, Any]:
        """What the evaluation says of it, with the delivered model's outputs for test rows."""
        y = test.y
        if self.calibration is None:
            return {"decision": None, "calibration": None}
        log_loss = {"before": self.calibration.before, "after": self.calibration.after}
        return {
            "decision": self._to_json(),
            "calibration": {
                "method": self.calibration.method,
                "log_loss": log_loss,
                **reliability(self.scorer, y, outputs),
            },
            **by_class(self.scorer.at(self.threshold), y, outputs),
        }

    def _to_json(self) -> dict[str, Any]:
        names = ("false_positive", "false_negative")
        return {
            "threshold": self.threshold,
            "positive": None if self.threshold is None else self.scorer.classes[1],
            "aim": self.aim,
            "costs": dict(zip(names, self.costs, strict=True)) if self.costs else None,
            "expected_cost": self.expected_cost,
        }


def scorer_for(contract: Contract, task: str, metric: str, classes: Sequence[Any]) -> Scorer:
    """The scorer a search goes by: at the best threshold if that will be tuned for the metric."""
    return Scorer(task, classes, tuned=task == "binary" and aim_of(contract, metric) == metric)


@dataclass(frozen=True, slots=True)
class Said:
    """What a classifier says of rows it had not seen, and what it is measured by."""

    scorer: Scorer
    metric: str
    y: np.ndarray
    outputs: np.ndarray

    def unless_worse(self, calibration: Calibration) -> Calibration:
        """The calibration, or none where the likeliest class would then be a worse answer.

        With no threshold to make up for it, correcting a balanced model undoes its balance.
        """
        corrected = calibration.apply(self.outputs)
        after, before = (
            self.scorer.loss(self.metric, self.y, o) for o in (corrected, self.outputs)
        )
        spoils = self.metric in TUNABLE and after > before
        return calibration.left_out() if spoils else calibration


def decide(choice: Choice, folds: Folds, contract: Contract) -> Decision:
    """Learn correction and threshold from the outputs for rows the chosen recipe had not seen."""
    scorer = folds.scorer.at(None)
    if not scorer.classes:
        return Decision(scorer)
    codes = scorer.codes(folds.y)
    outputs = np.concatenate([choice.out_of_fold[folds.held], choice.validation])
    calibration = calibrate(contract.training.calibrate, codes, outputs, folds.candidates.seed)
    if scorer.task != "binary":
        given = Said(scorer, folds.metric, folds.y, outputs)
        return Decision(scorer, given.unless_worse(calibration))
    positive = calibration.apply(outputs)[:, 1]
    aim, costs = aim_of(contract, folds.metric), _costs(contract)
    threshold = tuned(aim, codes, positive, costs)
    expected = None if costs is None else _cost(codes, positive >= threshold, costs)
    return Decision(scorer, calibration, threshold, aim, costs, expected)


def aim_of(contract: Contract, metric: str) -> Aim:
    """What the threshold is for: the contract's decision, else its metric if of labels."""
    if contract.decision.false_positive is not None:
        return "cost"
    aim = contract.decision.maximise or metric
    return aim if aim in TUNABLE else "half"  # type: ignore[return-value]


def tuned(
    aim: Aim, codes: np.ndarray, positive: np.ndarray, costs: tuple[float, float] | None = None
) -> float:
    """The threshold for an aim, by the rows' classes (0 or 1) and their probabilities of class 1.

    It is the middle of the best plateau. With fewer than 100 rows of either class that would be
    luck, and theory for calibrated probabilities takes its place: false positive / (false positive
    + false negative) for costs (Elkan 2001), the share of positives for balanced accuracy, half of
    the best F1 to be expected for F1 (Lipton et al. 2014), and one half for accuracy.
    """
    if aim == "half":
        return HALF
    if min(codes.sum(), len(codes) - codes.sum()) < ENOUGH_OF_A_CLASS:
        return _in_theory(aim, codes, positive, costs)
    cuts = Cuts.of(codes, positive)
    return cuts.best(-cuts.costs(*costs) if costs else cuts.scores(aim))


def _in_theory(
    aim: Aim, codes: np.ndarray, positive: np.ndarray, costs: tuple[float, float] | None
) -> float:
    if costs:
        return costs[0] / sum(costs)
    if aim == "balanced_accuracy":
        return float(codes.mean())
    if aim == "accuracy":
        return HALF
    falling = np.sort(positive)[::-1]
    expected = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    return float(expected.max() / 2)


def _costs(contract: Contract) -> tuple[float, float] | None:
    false_positive, false_negative = (
        contract.decision.false_positive,
        contract.decision.false_negative,
    )
    if false_positive is None or false_negative is None:
        return None
    return false_positive, false_negative


def _cost(codes: np.ndarray, answers: np.ndarray, costs: tuple[float, float]) -> float:
    return float(np.mean(np.where(answers, (1 - codes) * costs[0], codes * costs[1])))
