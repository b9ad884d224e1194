"""What the page tells of: an evaluation, the test rows' truth, and the model's outputs for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from training.train.report.elements import spelt
from training.train.report.words import Metric

ROLES = {
    "challenger": "this model",
    "champion": "the champion",
    "default": "default boosting",
    "baseline": "the baseline",
}


@dataclass(frozen=True)
class Findings:
    """`outputs` are numbers for regression, else a probability for each class, in their order.

    Any part of an evaluation that is no part of every evaluation is absent as None.
    """

    evaluation: Mapping[str, Any]
    y: np.ndarray
    outputs: np.ndarray

    def part(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """A part of the evaluation, None where it is absent or empty."""
        return self.evaluation.get(key) or None

    @property
    def metric(self) -> Metric:
        """What the contract measures by."""
        unit = self.evaluation.get("unit") or ""
        return Metric(self.evaluation["metric"], unit)

    @property
    def classes(self) -> list[Any]:
        """The labels; none for regression."""
        return list(self.evaluation.get("classes") or [])

    @cached_property
    def binary(self) -> bool:
        """Whether there are two classes, both of them among the test rows."""
        return len(self.classes) == 2 and set(self.codes.tolist()) >= {0, 1}

    @cached_property
    def codes(self) -> np.ndarray:
        """The truth as positions of its labels; -1 is a label that the model has never seen."""
        position = {label: code for code, label in enumerate(self.classes)}
        return np.array([position.get(label, -1) for label in self.y.tolist()], dtype=int)

    @property
    def answers(self) -> np.ndarray:
        """What the model answers, as positions of labels: by the threshold, or the likeliest."""
        if self.threshold is not None:
            return (self.outputs[:, 1] >= self.threshold).astype(int)
        return self.outputs.argmax(axis=1)

    @property
    def positive(self) -> str:
        """The class that a binary model looks for."""
        label = (self.part("decision") or {}).get("positive")
        return spelt(self.classes[1] if label is None else label)

    @property
    def threshold(self) -> float | None:
        """From which probability on the positive class is answered; None but for two classes."""
        if len(self.classes) != 2:
            return None
        given = (self.part("decision") or {}).get("threshold")
        return 0.5 if given is None else float(given)

    @property
    def trials(self) -> list[Mapping[str, Any]]:
        """What the search tried."""
        return list((self.part("search") or {}).get("trials") or [])
