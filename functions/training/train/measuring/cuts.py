"""Every threshold that two classes' probabilities can be told apart by, and what each is worth."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

TUNABLE = frozenset({"f1", "accuracy", "balanced_accuracy"})

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Cuts:
    """Distinct probabilities, falling; at cut k the first k of them are answered positively.

    `hits` and `alarms` are the positive and the negative rows answered so at cuts 0 to n.
    """

    probabilities: Vector
    hits: Vector
    alarms: Vector

    @classmethod
    def of(cls, codes: Vector, probabilities: Vector) -> Self:
        """The cuts of rows by their class, 0 or 1, and the probability of class 1."""
        order = np.argsort(-probabilities, kind="stable")
        falling = probabilities[order]
        ends = np.flatnonzero(np.append(np.diff(falling) != 0, True))
        hits = np.cumsum(codes[order])[ends]
        return cls(falling[ends], np.append(0, hits), np.append(0, ends + 1 - hits))

    def scores(self, metric: str) -> Vector:
        """A tunable metric at every cut."""
        positive, negative = self.hits[-1], self.alarms[-1]
        right = negative - self.alarms
        found: Vector
        if metric == "f1":
            found = 2 * self.hits / np.maximum(self.hits + self.alarms + positive, 1)
        elif metric == "accuracy":
            found = (self.hits + right) / (positive + negative)
        else:
            pairs = ((self.hits, positive), (right, negative))
            found = np.mean([part / whole for part, whole in pairs if whole], axis=0)
        return found

    def costs(self, false_positive: float, false_negative: float) -> Vector:
        """What errors cost per row at every cut."""
        missed = self.hits[-1] - self.hits
        total = false_positive * self.alarms + false_negative * missed
        per_row: Vector = total / (self.hits[-1] + self.alarms[-1])
        return per_row

    def best(self, worth: Vector) -> float:
        """The middle of the plateau of thresholds worth most; of several, that nearest one half."""
        edges = np.concatenate([[1.0], self.probabilities, [0.0]])
        top = np.flatnonzero(worth >= worth.max() - 1e-12)
        runs = np.split(top, np.flatnonzero(np.diff(top) > 1) + 1)
        middles = [(edges[run[0]] + edges[run[-1] + 1]) / 2 for run in runs]
        return float(min(middles, key=lambda middle: abs(middle - 0.5)))
