"""Metrics and comparisons in the words of a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidemill.contract import LOWER_IS_BETTER
from training.train.report import figures

NAMES = {
    "rmse": ("RMSE", "the usual size of an error, large ones counting more"),
    "mae": ("mean absolute error", "the average size of an error"),
    "r2": ("R²", "the share of the target's variance that is explained"),
    "roc_auc": ("ROC AUC", "how often a random positive row is ranked above a random negative one"),
    "average_precision": ("average precision", "the precision, averaged over every recall"),
    "log_loss": ("log loss", "how far the probabilities are from what happened"),
    "brier": ("Brier score", "the mean squared error of the probabilities"),
    "accuracy": ("accuracy", "the share of rows answered rightly"),
    "balanced_accuracy": ("balanced accuracy", "the recall, averaged over the classes"),
    "f1": ("F1", "the harmonic mean of precision and recall"),
    "precision": ("precision", "the share of positive answers that are right"),
    "recall": ("recall", "the share of positive rows that are found"),
}
IN_UNITS = frozenset({"rmse", "mae"})


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it is quoted; `unit` is the target's."""

    key: str
    unit: str = ""

    @property
    def name(self) -> str:
        """How people call it."""
        return NAMES.get(self.key, (self.key.replace("_", " "), ""))[0]

    @property
    def meaning(self) -> str:
        """What it measures, and which way is better."""
        better = "lower" if self.lower_is_better else "higher"
        text = NAMES.get(self.key, ("", ""))[1]
        return f"{text}; {better} is better" if text else f"{better} is better"

    @property
    def lower_is_better(self) -> bool:
        return self.key in LOWER_IS_BETTER or self.key == "brier"

    def worse(self, value: float, other: float) -> bool:
        """Whether the first is worse than the second."""
        return value > other if self.lower_is_better else value < other

    def quoted(self, loss: float) -> float:
        """The metric of a loss, which is turned so that lower is better."""
        return loss if self.lower_is_better else -loss

    def spelt(self, value: float) -> str:
        """The value in its unit."""
        unit = f" {self.unit}" if self.unit and self.key in IN_UNITS else ""
        return f"{figures.number(value)}{unit}"


def capital(sentence: str) -> str:
    """The sentence with a capital letter first."""
    return sentence[:1].upper() + sentence[1:]


def standing(comparison: Mapping[str, Any]) -> str:
    """One word or two for an interval of differences, in which above zero is better."""
    difference = comparison["difference"]
    if comparison["low"] > 0:
        return "surely better"
    if comparison["high"] < 0:
        return "surely worse"
    if difference == 0:
        return "no different"
    return "perhaps better" if difference > 0 else "perhaps worse"


def compared(comparison: Mapping[str, Any], rival: float | None, whom: str, metric: Metric) -> str:
    """A sentence: how a model stands to a rival whose metric is known."""
    word = standing(comparison)
    if word == "no different":
        return f"No different from {whom}."
    size = abs(comparison["difference"])
    relative = f" ({figures.share(size / abs(rival))})" if rival else ""
    sentence = f"{capital(word)} than {whom}, by {metric.spelt(size)}{relative}"
    return f"{sentence}{'.' if word.startswith('surely') else ': chance could explain it.'}"
