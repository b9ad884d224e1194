"""The metrics a contract may name, one shape for all: targets and outputs in, a number out.

Outputs are predicted numbers for regression and a probability per class otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics as sk

from tidemill.contract import LOWER_IS_BETTER, METRICS

EPSILON = 1e-15

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores outputs for a task; `classes` are the labels of the probability columns."""

    task: str
    classes: Sequence[Any]

    def score(self, metric: str, y: Vector, outputs: Vector) -> float:
        """The metric as people quote it."""
        if self.task == "regression":
            return float(_REGRESSION[metric](y, outputs))
        codes = self.codes(y)
        if metric in {"roc_auc", "average_precision"}:
            function = sk.roc_auc_score if metric == "roc_auc" else sk.average_precision_score
            return float(function(codes, outputs[:, 1])) if len(np.unique(codes)) > 1 else 0.5
        if metric == "log_loss":
            return float(np.mean(_log_losses(codes, outputs)))
        labels = outputs.argmax(axis=1)
        if metric == "accuracy":
            return float(np.mean(labels == codes))
        average = "binary" if self.task == "binary" else "macro"
        return float(sk.f1_score(codes, labels, average=average, zero_division=0.0))

    def loss(self, metric: str, y: Vector, outputs: Vector) -> float:
        """The metric turned so that lower is better."""
        value = self.score(metric, y, outputs)
        return value if metric in LOWER_IS_BETTER else -value

    def scores(self, y: Vector, outputs: Vector) -> dict[str, float]:
        """Every metric of the task."""
        return {name: self.score(name, y, outputs) for name in sorted(METRICS[self.task])}

    def row_losses(self, metric: str, y: Vector, outputs: Vector) -> Vector | None:
        """Losses whose mean orders models as the metric does; None when it is no mean of rows."""
        if metric == "rmse":
            return np.square(y - outputs)
        if metric == "mae":
            return np.abs(y - outputs)
        if metric == "log_loss":
            return _log_losses(self.codes(y), outputs)
        if metric == "accuracy":
            return np.not_equal(outputs.argmax(axis=1), self.codes(y)).astype(float)
        return None

    def codes(self, y: Vector) -> Vector:
        """Labels as positions in `classes`."""
        position = {label: code for code, label in enumerate(self.classes)}
        return np.array([position[label] for label in y.tolist()], dtype=int)


def _log_losses(codes: Vector, outputs: Vector) -> Vector:
    of_truth = outputs[np.arange(len(codes)), codes]
    return -np.log(np.clip(of_truth, EPSILON, 1.0))


_REGRESSION: dict[str, Callable[[Vector, Vector], float]] = {
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}
