"""How good answers are as their own chances have it: quality without outcomes, of two classes.

Confidence-based performance estimation: a row whose chance of the second class is q counts as q
rows of it and 1 - q of the other. Chances are corrected by what the champion's test showed, and
labels are drawn again and again: the bounds hold what chance, and the few rows of the test, leave
open for the metric that outcomes of these very rows would show. Valid while the target means what
it meant: a change in that cannot be seen without outcomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from monitoring.measure.scores import EPSILON, Score, Vector, label_metric, ranked

CELLS = 400
DRAWS = 400
LOW, HIGH = 0.025, 0.975
EDGE = 1e-4
STEPS, SETTLED, STIFFNESS = 50, 1e-10, 0.01
LEAST_ROWS = 30
SEED = 1971


@dataclass(frozen=True)
class Correction:
    """Platt's: log odds become a + b times log odds; `spread` is the covariance of (a, b)."""

    place: Vector
    spread: Vector

    @classmethod
    def of(cls, bins: Sequence[dict[str, float]]) -> Self:
        """By maximum likelihood from what was predicted, observed and of how many rows, by bin.

        A weak prior holds it near the chances as they are where bins are one-sided.
        """
        odds = _log_odds(np.array([each["predicted"] for each in bins]))
        rows = np.array([float(each["rows"]) for each in bins])
        hits = rows * np.array([each["observed"] for each in bins])
        design = np.column_stack([np.ones(len(odds)), odds])
        start = place = np.array([0.0, 1.0])
        for _ in range(STEPS):
            chances = 1 / (1 + np.exp(-design @ place))
            slope = design.T @ (hits - rows * chances) - STIFFNESS * (place - start)
            bend = (design.T * (rows * chances * (1 - chances))) @ design
            step = np.linalg.solve(bend + STIFFNESS * np.eye(2), slope)
            place = place + step
            if float(np.abs(step).max()) < SETTLED:
                break
        return cls(place, np.linalg.inv(bend + STIFFNESS * np.eye(2)))

    def of_chances(self, chances: Vector, place: Vector | None = None) -> Vector:
        """The chances corrected, by this or by another draw of (a, b)."""
        shift, slope = self.place if place is None else place
        found: Vector = 1 / (1 + np.exp(-(shift + slope * _log_odds(chances))))
        return found


@dataclass(frozen=True)
class Said:
    """How many rows had which chance of the second class, by what was answered (2 by 400)."""

    rows: Vector

    @classmethod
    def of(cls, chances: Vector, second: Vector) -> Self:
        """Count rows; `second` says which were answered with the second class."""
        places = np.clip((chances * CELLS).astype(int), 0, CELLS - 1)
        cells = np.bincount(places + CELLS * second, minlength=2 * CELLS)
        return cls(cells.reshape(2, CELLS))

    def __add__(self, other: "Said") -> "Said":
        return Said(self.rows + other.rows)

    def to_document(self) -> dict[str, int]:
        """The cells that are not empty."""
        cells = self.rows.ravel()
        return {str(place): int(cells[place]) for place in np.flatnonzero(cells)}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        cells = np.zeros(2 * CELLS, int)
        cells[[int(place) for place in document]] = list(document.values())
        return cls(cells.reshape(2, CELLS))

    def estimate(self, metric: str, correction: Correction) -> Score | None:
        """The metric that outcomes would show, with 95 % bounds; None of fewer than 30 rows.

        By drawing (a, b) from what the test leaves open, then labels from the chances.
        """
        total = int(self.rows.sum())
        if total < LEAST_ROWS:
            return None
        middles = np.tile((np.arange(CELLS) + 0.5) / CELLS, 2)
        used = np.flatnonzero(self.rows.ravel())
        rows, said, chances = self.rows.ravel()[used], used // CELLS, middles[used]
        rng = np.random.default_rng(SEED)
        places = rng.multivariate_normal(correction.place, correction.spread, DRAWS)
        drawn = []
        for place in places:
            hits = rng.binomial(rows, correction.of_chances(chances, place))
            drawn.append(_metric(metric, rows, hits, chances, said))
        expected = rows * correction.of_chances(chances)
        low, high = np.quantile(drawn, [LOW, HIGH])
        value = _metric(metric, rows, expected, chances, said)
        return Score(total, value, float(low), float(high))


def _metric(metric: str, rows: Vector, hits: Vector, chances: Vector, said: Vector) -> float:
    """A metric of cells of rows with so many of the second class among them."""
    misses = rows - hits
    if metric == "brier":
        lost = hits * (1 - chances) ** 2 + misses * chances**2
        return float(lost.sum() / rows.sum())
    if metric == "log_loss":
        safe = np.clip(chances, EPSILON, 1 - EPSILON)
        return float(-(hits * np.log(safe) + misses * np.log(1 - safe)).sum() / rows.sum())
    if metric in {"roc_auc", "average_precision"}:
        there = np.concatenate([np.ones(len(rows)), np.zeros(len(rows))])
        both = np.concatenate([hits, misses])
        found = ranked(metric, there, np.tile(chances, 2), both)
        return 0.5 if found is None else found
    table = np.array(
        [[part[said == answer].sum() for answer in (0, 1)] for part in (misses, hits)], float
    )
    return label_metric(metric, table)


def _log_odds(chances: Vector) -> Vector:
    safe = np.clip(chances, EDGE, 1 - EDGE)
    found: Vector = np.log(safe / (1 - safe))
    return found
