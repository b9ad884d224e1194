"""What a candidate loses on held rows as it grows round by round, and where it stops growing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from training.train.measuring.metrics import Scorer
from training.train.measuring.outputs import aligned, predict
from training.train.searching.fitting import CHUNK, Estimator, Place, Prepared, grow, grows

GRAIN, COARSE_GRAIN = 10, 50
MANY_CELLS = 200_000
MOST_ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Curve:
    """Outputs and loss by number of rounds; a model without rounds has the one entry 0.

    `work` is what it took, in fits of the default model to all the rows.
    """

    outputs: Mapping[int, np.ndarray]
    losses: Mapping[int, float]
    rounds: int
    work: float = 0.0

    def costing(self, work: float) -> Self:
        """The curve with its work."""
        return replace(self, work=work)

    def after(self, rounds: int) -> np.ndarray:
        """Outputs after so many rounds; the last where growth stopped before."""
        return self.outputs[min(rounds, max(self.outputs))]

    def loss(self, rounds: int) -> float:
        """Loss after so many rounds; the last where growth stopped before."""
        return self.losses[min(rounds, max(self.losses))]


@dataclass(frozen=True, slots=True)
class Unseen:
    """One recipe's outputs for rows it had not seen: of train out of fold, and of validation."""

    out_of_fold: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True, slots=True)
class Trying:
    """The rows a model learns from and is tried on, and how that is scored."""

    scorer: Scorer
    metric: str
    y: np.ndarray
    data: Prepared

    def draw(self, model: Estimator, place: Place) -> Curve:
        """Fit and score; boosting until a chunk of rounds brings nothing, or MOST_ROUNDS."""
        outputs: dict[int, np.ndarray] = {}
        losses: dict[int, float] = {}
        if not grows(model):
            model.fit(self.data.X, self.data.y)
            outputs[0] = predict(model, self.data.held, self.scorer.classes)
            losses[0] = self._loss(outputs[0])
            return Curve(outputs, losses, rounds=0)
        done = 0
        for grown in grow(model, self.data, MOST_ROUNDS, place):
            for rounds, given in self._staged(grown, done):
                outputs[rounds], losses[rounds] = given, self._loss(given)
            done = grown.n_iter_
            if min(losses, key=lambda n: (losses[n], n)) <= done - CHUNK:
                break
        return Curve(outputs, losses, rounds=done)

    def _staged(self, model: Estimator, done: int) -> Iterator[tuple[int, np.ndarray]]:
        classes = self.scorer.classes
        stages = model.staged_predict_proba if classes else model.staged_predict
        grain = GRAIN if len(self.y) * max(1, len(classes)) < MANY_CELLS else COARSE_GRAIN
        for rounds, given in enumerate(stages(self.data.held), start=1):
            if rounds > done and rounds % grain == 0:
                yield rounds, aligned(given, model.classes_.tolist(), classes) if classes else given

    def _loss(self, outputs: np.ndarray) -> float:
        return self.scorer.loss(self.metric, self.y, outputs)


def best_rounds(curves: Sequence[Curve]) -> int:
    """Where the mean loss of all folds is least."""
    tried = sorted({rounds for curve in curves for rounds in curve.losses})
    return min(tried, key=lambda n: (float(np.mean([c.loss(n) for c in curves])), n))
