"""The contract's metrics of weighted rows, as training has them, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from monitoring.measure.rows import CHANCE

LEAST_ROWS, DRAWS = 30, 200
SURE = 0.975
EPSILON = 1e-15
RANKING = frozenset({"roc_auc", "average_precision"})
SEED = 20_211_108

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Score:
    """A metric of `rows`; 95 % bounds where they are enough for any."""

    rows: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Judged:
    """What was answered and what came true: numbers, or codes of `classes` with chances of each.

    `chances` is rows by classes; of numbers, and where no chances were answered, it is empty.
    """

    truth: Vector
    answers: Vector
    chances: Vector
    classes: int = 0

    @classmethod
    def of(cls, pairs: pa.Table, *, numbers: bool) -> Self:
        """Of pairs whose outcome can be read."""
        truth, answers = pairs.column("outcome").to_pylist(), pairs.column("value").to_pylist()
        if numbers:
            empty = np.empty((len(truth), 0))
            return cls(np.array(truth, float), np.array(answers, float), empty)
        labels = [name[len(CHANCE) :] for name in pairs.column_names if name.startswith(CHANCE)]
        columns = [pairs.column(f"{CHANCE}{label}").to_numpy() for label in labels]
        chances = np.nan_to_num(np.column_stack(columns)) if labels else np.empty((len(truth), 0))
        for strange in sorted({*truth, *answers} - {*labels}):
            labels.append(strange)
            chances = np.column_stack([chances, np.zeros(len(truth))])
        codes = {label: code for code, label in enumerate(labels)}
        pair = [np.array([codes[each] for each in some], int) for some in (truth, answers)]
        return cls(pair[0], pair[1], chances, len(labels))

    def at(self, rows: Vector) -> "Judged":
        return Judged(self.truth[rows], self.answers[rows], self.chances[rows], self.classes)

    def metric(self, name: str, weights: Vector | None = None) -> float:
        """A metric of the contract's; each row counts by its weight."""
        held = np.ones(len(self.truth)) if weights is None else weights
        if not self.classes:
            return _of_numbers(name, self.truth, self.answers, held)
        if name in RANKING:
            return _ranked(name, self, held)
        if name in {"log_loss", "brier"}:
            losses = self.log_losses() if name == "log_loss" else self.squares()
            return float(np.average(losses, weights=held))
        return label_metric(name, self._counts(held))

    def squares(self) -> Vector:
        """Brier's loss of each row: of two classes of one, of more the sum over all."""
        hits = np.eye(self.classes)[self.truth]
        found: Vector = np.square(self.chances - hits).sum(axis=1)
        return found / 2 if self.classes == 2 else found

    def log_losses(self) -> Vector:
        of_truth = self.chances[np.arange(len(self.truth)), self.truth]
        found: Vector = -np.log(np.clip(of_truth, EPSILON, 1.0))
        return found

    def score(self, name: str) -> Score:
        """The metric, with bounds by the bootstrap (Efron; Poisson weights) from 30 rows on."""
        rows = len(self.truth)
        value = self.metric(name)
        if rows < LEAST_ROWS:
            return Score(rows, value)
        rng = np.random.default_rng(SEED)
        again = [self.metric(name, rng.poisson(1.0, rows).astype(float)) for _ in range(DRAWS)]
        low, high = np.quantile(again, [1 - SURE, SURE])
        return Score(rows, value, float(low), float(high))

    def _counts(self, weights: Vector) -> Vector:
        cells = np.bincount(
            self.truth * self.classes + self.answers, weights, minlength=self.classes**2
        )
        return cells.reshape(self.classes, self.classes)


def _of_numbers(name: str, truth: Vector, answers: Vector, weights: Vector) -> float:
    errors = truth - answers
    if name == "mae":
        return float(np.average(np.abs(errors), weights=weights))
    square = float(np.average(errors**2, weights=weights))
    if name == "rmse":
        return float(np.sqrt(square))
    spread = float(np.average((truth - np.average(truth, weights=weights)) ** 2, weights=weights))
    return 1 - square / max(spread, 1e-300)


def label_metric(name: str, table: Vector) -> float:
    """Of a table of truth by answer; of two classes the second's."""
    hits, truth, said = table.diagonal(), table.sum(axis=1), table.sum(axis=0)
    if name == "accuracy":
        return float(hits.sum() / table.sum())
    if name == "balanced_accuracy":
        return float(_shares(hits, truth)[truth > 0].mean())
    parts = {"precision": (hits, said), "recall": (hits, truth), "f1": (2 * hits, truth + said)}
    values = _shares(*parts[name])
    return float(values[1] if len(values) == 2 else values[(truth > 0) | (said > 0)].mean())


def _shares(part: Vector, whole: Vector) -> Vector:
    found: Vector = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return found


def _ranked(name: str, judged: Judged, weights: Vector) -> float:
    """Of two classes the second's; of more the mean of each against the rest."""
    places = [1] if judged.classes == 2 else range(judged.classes)
    found = [
        ranked(name, judged.truth == place, judged.chances[:, place], weights) for place in places
    ]
    known = [value for value in found if value is not None]
    return float(np.mean(known)) if known else 0.5


def ranked(name: str, there: Vector, scores: Vector, weights: Vector) -> float | None:
    """ROC AUC or average precision of weighted rows, ties one step; None with one class only."""
    order = np.argsort(-scores, kind="stable")
    gains, held = (weights * there)[order], weights[order]
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits, all_so_far = np.cumsum(gains)[ends], np.cumsum(held)[ends]
    positive, total = hits[-1], all_so_far[-1]
    if not 0 < positive < total:
        return None
    new = np.diff(hits, prepend=0.0)
    if name == "average_precision":
        precision = np.divide(hits, all_so_far, out=np.zeros(len(hits)), where=all_so_far > 0)
        return float(new @ precision / positive)
    misses = all_so_far - hits
    before = np.concatenate([[0.0], misses[:-1]])
    below = (total - positive) - (before + misses) / 2
    return float(new @ below / (positive * (total - positive)))


def as_document(score: Score, **named: Sequence[str] | str | None) -> dict[str, Any]:
    """A score as the registry keeps it."""
    numbers = {"rows": score.rows, "value": score.value, "low": score.low, "high": score.high}
    return {**named, **numbers}
