"""What a champion's test showed of its chances: how they are to be read, and how surely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from monitoring.measure.scores import Vector

FURTHEST = 12.0
EDGE = 1e-4
STEPS, SETTLED, STIFFNESS = 50, 1e-10, 0.01


@dataclass(frozen=True)
class Correction:
    """True log odds by answered ones, straight between `knots`.

    `spread` is the covariance of the `values` at the knots.
    """

    knots: Vector
    values: Vector
    spread: Vector

    @classmethod
    def of(cls, curve: Mapping[str, Any]) -> Self:
        """As training recorded it of the test's rows."""
        return cls(*(np.array(curve[name], float) for name in ("knots", "values", "spread")))

    @classmethod
    def of_bins(cls, bins: Sequence[Mapping[str, float]]) -> Self:
        """Platt's straight line through ten bins, of models that were trained before curves were.

        By maximum likelihood; a weak prior holds it near the chances where bins are one-sided.
        """
        odds = log_odds(np.array([each["predicted"] for each in bins]), EDGE)
        rows = np.array([float(each["rows"]) for each in bins])
        hits = rows * np.array([each["observed"] for each in bins])
        design = np.column_stack([np.ones(len(odds)), odds])
        start = place = np.array([0.0, 1.0])
        for _ in range(STEPS):
            chances = logistic(design @ place)
            slope = design.T @ (hits - rows * chances) - STIFFNESS * (place - start)
            bend = (design.T * (rows * chances * (1 - chances))) @ design + STIFFNESS * np.eye(2)
            step = np.linalg.solve(bend, slope)
            place = place + step
            if float(np.abs(step).max()) < SETTLED:
                break
        knots = np.array([-FURTHEST, FURTHEST])
        line = np.column_stack([np.ones(2), knots])
        return cls(knots, line @ place, line @ np.linalg.inv(bend) @ line.T)

    def drawn(self, rng: np.random.Generator, draws: int) -> Vector:
        """What the values might be as well: draws by knots."""
        roots, ways = np.linalg.eigh((self.spread + self.spread.T) / 2)
        steps = rng.normal(size=(draws, len(roots))) * np.sqrt(np.maximum(roots, 0.0))
        found: Vector = self.values + steps @ ways.T
        return found

    def chances(self, odds: Vector, values: Vector) -> Vector:
        """True chances at answered log odds, by `values` at the knots or by draws of them."""
        ends = np.clip(odds, self.knots[0], self.knots[-1])
        upper = np.clip(np.searchsorted(self.knots, ends), 1, len(self.knots) - 1)
        left = self.knots[upper - 1]
        share = (ends - left) / (self.knots[upper] - left)
        return logistic(values[..., upper - 1] * (1 - share) + values[..., upper] * share)


def log_odds(chances: Vector, edge: float) -> Vector:
    """Of chances held `edge` away from 0 and 1."""
    safe = np.clip(chances, edge, 1 - edge)
    found: Vector = np.log(safe / (1 - safe))
    return found


def logistic(odds: Vector) -> Vector:
    """The chance of log odds."""
    found: Vector = 1 / (1 + np.exp(-np.clip(odds, -700.0, 700.0)))
    return found
