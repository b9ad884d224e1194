"""Cross-validation on the training channel: the same folds for every candidate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, StratifiedKFold

from training.train.candidates import Candidates, Estimator, Params
from training.train.channels import Channel
from training.train.metrics import Scorer

FOLDS = 4


@dataclass(frozen=True, slots=True)
class Folds:
    """How a candidate is scored out of fold."""

    channel: Channel
    candidates: Candidates
    scorer: Scorer
    metric: str

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

    def _splits(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        seed = self.candidates.seed
        y = self.channel.y
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
