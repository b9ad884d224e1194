"""How good answers are as their own chances have it: quality of classes without outcomes.

Confidence-based performance estimation: a row whose chance of a class is q counts as q rows of it.
Chances are corrected by what the champion's test showed, and labels are drawn again and again: the
bounds hold what chance, and the few rows of the test, leave open for the metric that outcomes of
these very rows would show. Valid while the target means what it meant: a change in that cannot be
seen without outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from monitoring.measure.correction import FURTHEST, Correction, log_odds, logistic
from monitoring.measure.expected import LOSSES, metric_of
from monitoring.measure.scores import EPSILON, LEAST_ROWS, Score, Vector

CELLS, STEP = 480, 0.05
ODDS = STEP * (np.arange(CELLS) + 0.5) - FURTHEST
MIDDLES = logistic(ODDS)
MOST_CLASSES = 20
DRAWS = 300
LOW, HIGH = 0.025, 0.975
SEED = 1971


@dataclass(frozen=True)
class Said:
    """How many rows gave a class which chance, by whether it was the answer.

    `rows` is places by 2 by 480 cells of log odds: one place, the second class, where classes are
    two, else one a class. `joint` is, by loss, the variance that drawing one label a row gives the
    sum of losses; the places alone do not know it where they are several.
    """

    rows: Vector
    joint: dict[str, float]

    @classmethod
    def of(cls, chances: Vector, answers: Vector) -> Self:
        """Count rows: their chances by class, and the answers as positions of classes."""
        places = [1] if chances.shape[1] == 2 else range(chances.shape[1])
        cells = np.clip((log_odds(chances, EPSILON) + FURTHEST) / STEP, 0, CELLS - 1).astype(int)
        counted = [
            np.bincount(cells[:, k] + CELLS * (answers == k), minlength=2 * CELLS) for k in places
        ]
        joint = {name: _variance(name, chances) for name in LOSSES} if len(places) > 1 else {}
        return cls(np.array(counted).reshape(len(places), 2, CELLS), joint)

    def __add__(self, other: "Said") -> "Said":
        joint = {name: value + other.joint.get(name, 0.0) for name, value in self.joint.items()}
        return Said(self.rows + other.rows, joint)

    @property
    def total(self) -> int:
        """How many rows."""
        return int(self.rows[0].sum())

    def to_document(self) -> dict[str, Any]:
        """The cells that are not empty."""
        cells = self.rows.ravel()
        counts = {str(place): int(cells[place]) for place in np.flatnonzero(cells)}
        return {"places": len(self.rows), "counts": counts, "joint": self.joint}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        places, counts = int(document["places"]), document["counts"]
        cells = np.zeros(places * 2 * CELLS, int)
        cells[[int(place) for place in counts]] = list(counts.values())
        return cls(cells.reshape(places, 2, CELLS), dict(document["joint"]))

    def estimate(self, metric: str, corrections: Sequence[Correction]) -> Score | None:
        """The metric that outcomes would show, with 95 % bounds; None of fewer than 30 rows.

        One correction a place. By drawing it from what the test leaves open, then labels from the
        chances; the value is the mean of what corrections alone give.
        """
        if self.total < LEAST_ROWS:
            return None
        rng = np.random.default_rng(SEED)
        used = np.flatnonzero(self.rows.sum(axis=(0, 1)))
        rows, odds, chances = self.rows[..., used], ODDS[used], MIDDLES[used]
        drawn = np.array([each.chances(odds, each.drawn(rng, DRAWS)) for each in corrections])
        sure = np.moveaxis(drawn, 0, 1)[:, :, None]
        best = np.array([each.chances(odds, each.values) for each in corrections])[None, :, None]
        if len(self.rows) > 1:
            sure, best = (self._of_one_class(rows, each) for each in (sure, best))
        value = float(metric_of(metric, rows, rows * best, chances)[0])
        shown = metric_of(metric, rows, rng.binomial(rows, sure), chances)
        if metric in self.joint:
            mean = metric_of(metric, rows, rows * sure, chances)
            shown = mean + (shown - mean) * self._narrower(metric)
        low, high = np.quantile(shown, [LOW, HIGH], method="weibull")
        return Score(self.total, value, min(float(low), value), max(float(high), value))

    def _of_one_class(self, rows: Vector, chances: Vector) -> Vector:
        """Chances by which rows have one class each on the whole: each class has its own curve."""
        expected = (rows * chances).sum(axis=(1, 2, 3), keepdims=True)
        found: Vector = np.minimum(chances * self.total / expected, 1.0)
        return found

    def _narrower(self, loss: str) -> float:
        """How much less sums of losses vary than if each class's label were drawn by itself."""
        alone = (
            self.rows.sum(axis=1) * MIDDLES * (1 - MIDDLES) * _weights(loss, MIDDLES) ** 2
        ).sum()
        return float(np.sqrt(self.joint[loss] / alone)) if alone > 0 else 1.0


def _weights(loss: str, chances: Vector) -> Vector:
    """What a label adds to a row's loss where it is the class that was given this chance."""
    found: Vector = 1 - 2 * chances if loss == "brier" else -np.log(np.maximum(chances, EPSILON))
    return found


def _variance(loss: str, chances: Vector) -> float:
    """Of the sum over rows, each of one class by these chances."""
    weights = _weights(loss, chances)
    mean = (chances * weights).sum(axis=1)
    return float(((chances * weights**2).sum(axis=1) - mean**2).sum())
