"""The metrics a contract may name, one shape for all: targets and outputs in, a number out.

Outputs are predicted numbers for regression and a probability per class otherwise. All are as
scikit-learn defines them, without its checks, which cost more than the sums on small data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from sklearn import metrics as sk

from tidemill.contract import LOWER_IS_BETTER, METRICS
from training.train.measuring import ranking
from training.train.measuring.counts import Counts
from training.train.measuring.cuts import TUNABLE, Cuts
from training.train.measuring.outputs import winners

EPSILON = 1e-15

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Scorer:
    """Scores outputs for a task; `classes` are the labels of the probability columns.

    A binary model answers its second class from `threshold` on; without one the likeliest class
    is the answer. `tuned` scores what a threshold is tuned for at its best threshold, so that a
    search does not favour models that happen to be good at one half.
    """

    task: str
    classes: Sequence[Any]
    threshold: float | None = None
    tuned: bool = False

    def at(self, threshold: float | None) -> Self:
        """This scorer for a model with that threshold."""
        return replace(self, threshold=threshold, tuned=False)

    def score(self, metric: str, y: Vector, outputs: Vector) -> float:
        """The metric as people quote it."""
        if self.task == "regression":
            return float(_REGRESSION[metric](y, outputs))
        codes = self.codes(y)
        if metric in ranking.RANKING:
            return ranking.once(metric, codes, outputs)
        if metric in _OF_ROWS:
            return float(np.mean(_OF_ROWS[metric](codes, outputs)))
        if self.tuned and self.task == "binary" and metric in TUNABLE:
            return float(Cuts.of(codes, outputs[:, 1]).scores(metric).max())
        return self._counts(codes, outputs).score(metric)

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
        if metric in _OF_ROWS:
            return _OF_ROWS[metric](self.codes(y), outputs)
        if metric == "accuracy" and not self.tuned:
            return np.not_equal(self.answers(outputs), self.codes(y)).astype(float)
        return None

    def answers(self, outputs: Vector) -> Vector:
        """The class that each row's probabilities speak for, as a position in `classes`."""
        return winners(outputs, self.threshold)

    def confusion(self, y: Vector, outputs: Vector) -> Vector:
        """Rows by their class (first axis) and the answer (second)."""
        return self._counts(self.codes(y), outputs).table

    def codes(self, y: Vector) -> Vector:
        """Labels as positions in `classes`; ValueError for a label that is none of them."""
        codes = np.full(len(y), -1)
        for code, label in enumerate(self.classes):
            codes[np.asarray(y) == label] = code
        if len(codes) and codes.min() < 0:
            stranger = np.asarray(y)[codes.argmin()].item()
            raise ValueError(f"{stranger!r} is none of the classes {list(self.classes)}")
        return codes

    def _counts(self, codes: Vector, outputs: Vector) -> Counts:
        return Counts.of(codes, self.answers(outputs), len(self.classes))


def log_losses(codes: Vector, outputs: Vector) -> Vector:
    """Each row's log loss; a certainty that was wrong counts as one of 1e-15."""
    of_truth = outputs[np.arange(len(codes)), codes]
    return -np.log(np.clip(of_truth, EPSILON, 1.0))


def _brier(codes: Vector, outputs: Vector) -> Vector:
    """Of two classes the square error of one; of more, the sum over all, as Brier had it."""
    if outputs.shape[1] == 2:
        return np.square(outputs[:, 1] - codes)
    squares: Vector = np.square(outputs - np.eye(outputs.shape[1])[codes]).sum(axis=1)
    return squares


_OF_ROWS: dict[str, Callable[[Vector, Vector], Vector]] = {
    "log_loss": log_losses,
    "brier": _brier,
}
_REGRESSION: dict[str, Callable[[Vector, Vector], float]] = {
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}
