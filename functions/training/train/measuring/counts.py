"""What follows from how often each class was answered with each: precision, recall and kin."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np


@dataclass(frozen=True, slots=True)
class Counts:
    """A confusion table: rows by their class (first axis) and the answer (second)."""

    table: np.ndarray[Any, Any]

    @classmethod
    def of(cls, codes: np.ndarray, answers: np.ndarray, classes: int) -> Self:
        """Count pairs of class and answer, both as positions."""
        cells = np.bincount(codes * classes + answers, minlength=classes**2)
        return cls(cells.reshape(classes, classes))

    @property
    def precision(self) -> np.ndarray:
        """Of the rows answered with a class, the share that are of it; 0 where there is none."""
        return _share(self.table.diagonal(), self.table.sum(axis=0))

    @property
    def recall(self) -> np.ndarray:
        """Of a class's rows, the share answered with it; 0 where there is none."""
        return _share(self.table.diagonal(), self.table.sum(axis=1))

    @property
    def f1(self) -> np.ndarray:
        """The harmonic mean of precision and recall by class."""
        return _share(2 * self.table.diagonal(), self.table.sum(axis=0) + self.table.sum(axis=1))

    def score(self, metric: str) -> float:
        """A metric of labels: of the second class of two; F1 of more is the mean over classes.

        Balanced accuracy is the mean recall of the classes that are there. As in scikit-learn, F1
        has no part for a class that is neither there nor answered.
        """
        if metric == "accuracy":
            return float(self.table.trace() / self.table.sum())
        there = self.table.sum(axis=1) > 0
        if metric == "balanced_accuracy":
            return float(self.recall[there].mean())
        values: np.ndarray = {"precision": self.precision, "recall": self.recall, "f1": self.f1}[
            metric
        ]
        if len(values) == 2:
            return float(values[1])
        return float(values[there | (self.table.sum(axis=0) > 0)].mean())


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    share: np.ndarray = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return share
