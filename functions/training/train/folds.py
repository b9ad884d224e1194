"""Cross-validation on the training channel: the same folds for every candidate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

from training.train.candidates import Candidates, Estimator, Params
from training.train.channels import Channel
from training.train.metrics import Scorer

FOLDS = 4


@dataclass(frozen=True, slots=True)
class Folds:
    """How a candidate is scored out of fold.

    With `forward`, rows stand in the order of time, and each fold learns from what was before it.
    """

    channel: Channel
    candidates: Candidates
    scorer: Scorer
    metric: str
    forward: bool = False

    @property
    def held(self) -> slice:
        """The rows that some fold holds out: all, but for the first of an order in time."""
        return slice(self._first if self._ahead else 0, None)

    def cost(self, params: Params, folds: int) -> float:
        """Work of so many folds, in fits of the default model to all the rows."""
        share = 0.5 if self._ahead else 1 - 1 / FOLDS
        return folds * share * self.candidates.cost(params)

    def scored(self, params: Params, outputs: np.ndarray) -> Iterator[float]:
        """Fit fold after fold, fill `outputs` out of fold, and yield the mean loss so far."""
        losses = []
        for learn, held in self._splits():
            model = self.candidates.make(params)
            model.fit(self.channel.X.iloc[learn], self.channel.y[learn])
            outputs[held] = predict(model, self.channel.X.iloc[held], self.scorer.classes)
            losses.append(self.scorer.loss(self.metric, self.channel.y[held], outputs[held]))
            yield float(np.mean(losses))

    def blank(self) -> np.ndarray:
        """Room for every row's out-of-fold outputs."""
        width = len(self.scorer.classes)
        return np.zeros((len(self.channel), width) if width else len(self.channel))

    def outputs(self, params: Params) -> np.ndarray:
        """A candidate's out-of-fold outputs."""
        outputs = self.blank()
        for _ in self.scored(params, outputs):
            pass
        return outputs

    def loss(self, outputs: np.ndarray) -> float:
        """What out-of-fold outputs lose over all rows held out."""
        return self.scorer.loss(self.metric, self.channel.y[self.held], outputs[self.held])

    @property
    def _first(self) -> int:
        return len(self.channel) - FOLDS * (len(self.channel) // (FOLDS + 1))

    @property
    def _ahead(self) -> bool:
        """Whether to go forward in time; not where the oldest rows are all of one class."""
        first = self.channel.y[: self._first]
        return self.forward and (not self.scorer.classes or len(np.unique(first)) > 1)

    def _splits(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        seed = self.candidates.seed
        y = self.channel.y
        if self._ahead:
            yield from TimeSeriesSplit(FOLDS).split(y)
            return
        if not self.scorer.classes:
            yield from KFold(FOLDS, shuffle=True, random_state=seed).split(y)
            return
        rarest = np.unique(y, return_counts=True)[1].min()
        kind = StratifiedKFold if rarest >= FOLDS else KFold
        yield from kind(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(y)), y)


def predict(model: Estimator, rows: pd.DataFrame, classes: Sequence[Any]) -> np.ndarray:
    """Numbers for regression, else a probability per class, zero where the model never saw one."""
    if not classes:
        numbers: np.ndarray = model.predict(rows)
        return numbers
    known = {label: k for k, label in enumerate(model.classes_.tolist())}
    given = model.predict_proba(rows)
    outputs = np.zeros((len(given), len(classes)))
    for k, label in enumerate(classes):
        if label in known:
            outputs[:, k] = given[:, known[label]]
    return outputs
