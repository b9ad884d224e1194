"""How well one column alone foretells the target, on rows that it was not fitted to.

Two halves of the rows foretell each other: numbers by bins, categories by their values, missing
cells by themselves. It takes sorting and counting, no fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from training.train.measuring.delong import area

BINS, CLASSES, LEAST_OTHERS = 128, 200, 10

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Strength:
    """What a column foretells: `score` in `metric`, and `skill`.

    Skill is 1 where the column is always right and 0 where it is no better than the usual class,
    than the mean, or, for rows in the order of time, than the rows just before and after.
    """

    score: float
    metric: str
    skill: float


@dataclass(slots=True)
class Foresight:
    """A target to be foretold, and its rows in two halves; `groups` stay together.

    Without `classes` the target is of numbers. `forward` rows stand in the order of time.
    """

    y: Vector
    classes: Sequence[Any]
    forward: bool = False
    groups: Vector | None = None
    _codes: Vector = field(init=False)
    _by_time: Vector = field(init=False)
    _halves: Vector = field(init=False)

    def __post_init__(self) -> None:
        self._halves = self._deal()
        if self.classes:
            self._codes = pd.Index(self.classes).get_indexer(pd.Index(self.y))
            self._by_time = np.mean(self._codes[1:] != self._codes[:-1])
        else:
            ranks = np.unique(self.y, return_inverse=True)[1]
            self._codes = np.column_stack([self.y, ranks]).astype(float)
            between = (self._codes[:-2] + self._codes[2:]) / 2
            self._by_time = np.mean((self._codes[1:-1] - between) ** 2, axis=0)

    def tells(self, rows: Vector) -> bool:
        """Whether so few rows, or so few of the rarer classes, could tell anything."""
        if not self.classes:
            return len(np.unique(self.y[rows])) > 2
        most = np.bincount(self._codes[rows]).max()
        return len(self.classes) <= CLASSES and bool(len(rows) - most >= LEAST_OTHERS)

    def of(self, column: Vector, rows: Vector, *, category: bool) -> Strength:
        """How well the column's cells of these rows foretell the target's."""
        cells, halves, truth = column[rows], self._halves[rows], self._codes[rows]
        if self.classes:
            truth = np.eye(len(self.classes))[truth]
        told, values = np.zeros_like(truth), pd.factorize(cells)[0] if category else None
        for half in (False, True):
            fit = halves == half
            bins = values
            if bins is None:
                bins = _bins(cells, fit, truth[fit], classes=bool(self.classes))
            told[~fit] = _answers(bins, fit, truth)
        if self.classes:
            return self._class_strength(truth, np.where(np.isnan(told), truth.mean(axis=0), told))
        known = np.isfinite(told[:, 0])
        if 2 * known.sum() < len(rows):
            return Strength(0.0, "r2", 0.0)
        return self._strength(truth[known], told[known])

    def _strength(self, truth: Vector, told: Vector) -> Strength:
        """By the values or by their ranks, whichever is told better: a long tail hides much."""
        spread = np.maximum(truth.var(axis=0), 1e-300)
        left = np.mean((truth - told) ** 2, axis=0)
        scores = 1 - left / spread
        skills = 1 - left / np.maximum(self._by_time, 1e-300) if self.forward else scores
        best = int(np.argmax(np.minimum(scores, skills)))
        return Strength(float(scores[best]), "r2", float(skills[best]))

    def _class_strength(self, truth: Vector, told: Vector) -> Strength:
        codes, guesses = truth.argmax(axis=1), told.argmax(axis=1)
        wrong = float(np.mean(codes != guesses))
        usual = 1 - float(truth.mean(axis=0).max())
        if self.forward:
            usual = min(usual, float(self._by_time))
        skill = 1 - wrong / usual if usual else 0.0
        if len(self.classes) == 2:
            return Strength(area(codes == 1, told[:, 1]), "roc_auc", skill)
        return Strength(1 - wrong, "accuracy", skill)

    def _deal(self) -> Vector:
        rng = np.random.default_rng(0)
        if self.groups is None:
            half: Vector = rng.permutation(len(self.y)) % 2 == 0
            return half
        codes = pd.factorize(self.groups)[0]
        halves: Vector = (rng.permutation(int(codes.max()) + 1) % 2 == 0)[codes]
        return halves


def _bins(cells: Vector, fit: Vector, truth: Vector, *, classes: bool) -> Vector:
    """Where the class changes if that is seldom, so that a sharp bound is met; else quantiles."""
    known = ~np.isnan(cells[fit])
    order = np.argsort(cells[fit][known], kind="stable")
    values = cells[fit][known][order]
    edges = values[np.unique(np.linspace(0, len(values) - 1, BINS + 1).astype(int))[1:-1]]
    if classes and len(values):
        labels = truth[known].argmax(axis=1)[order]
        changes = np.flatnonzero((labels[1:] != labels[:-1]) & (values[1:] != values[:-1]))
        if len(changes) < BINS:
            edges = (values[changes] + values[changes + 1]) / 2
    bins: Vector = np.searchsorted(np.unique(edges), cells, side="left")
    return np.where(np.isnan(cells), -1, bins)


def _answers(bins: Vector, fit: Vector, truth: Vector) -> Vector:
    """The mean of the fitted rows in each other row's bin; NaN where there are none."""
    places, width = bins + 1, int(bins.max()) + 2
    counts = np.bincount(places[fit], minlength=width)
    sums = np.column_stack(
        [np.bincount(places[fit], weights=column, minlength=width) for column in truth[fit].T]
    )
    with np.errstate(invalid="ignore"):
        means = sums / counts[:, None]
    answers: Vector = means[places[~fit]]
    return answers
