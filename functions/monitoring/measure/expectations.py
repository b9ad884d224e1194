"""How a model's expectations of losses compare with the losses of a test."""

from dataclasses import dataclass, replace

import numpy as np

from monitoring.measure.correction import UNSEEN
from monitoring.measure.scores import Vector

HELD = 0.5
FLOOR = 1e-3
TURNS = 3
DRAWS = 1_000
LEAST = 1e-12
SEED = 1971


@dataclass(frozen=True)
class Reading:
    """How expected losses are to be read: `ratio` times them, as the test showed.

    `spread` is the covariance of an offset from that and of the ratio, `noise` the variance of a
    loss by the square of its expectation, `chance` that of the ratio by these rows alone.
    """

    ratio: float
    spread: Vector
    noise: float
    chance: float = 0.0

    @classmethod
    def of(cls, expected: Vector, losses: Vector, weights: Vector | None = None) -> "Reading":
        """By which ratio losses are what was expected, a row counting as so many rows.

        What that leaves open is what a line through the losses would say instead, with its own
        covariance (Bayesian linear regression, weighted for errors that grow with what is
        expected).
        """
        counts = np.ones(len(losses)) if weights is None else weights
        middle = float(np.average(expected, weights=counts))
        scale = np.maximum(expected, max(FLOOR * middle, LEAST))
        design = np.column_stack([middle / scale, expected / scale])
        told, start = losses / scale, np.array([0.0, 1.0])
        firm = np.eye(2) / HELD**2
        noise = _variance(told - np.average(told, weights=counts), counts)
        for _ in range(TURNS):
            bend = (design.T * counts) @ design / noise + firm
            slope = (design.T * counts) @ told / noise + firm @ start
            place = np.linalg.solve(bend, slope)
            noise = _variance(told - design @ place, counts)
        ratio = float(np.average(losses, weights=counts)) / max(middle, LEAST)
        off, unit = place - [0.0, ratio], np.diag([middle, 1.0])
        spread = unit @ (np.linalg.inv(bend) + np.outer(off, off)) @ unit
        total, squares = float(counts @ expected), float(counts @ expected**2)
        return cls(ratio, spread, noise, noise * squares / max(total, LEAST) ** 2)

    def unlike(self, usual: "Reading") -> "Reading":
        """As far from the usual one as chance does not explain, and less sure.

        The share that is kept is the one that James and Stein (1961) would keep.
        """
        off = self.ratio - usual.ratio
        kept = off**2 / max(off**2 + self.chance, LEAST)
        spread = self.spread + np.diag([0.0, (UNSEEN * off) ** 2])
        return replace(self, ratio=usual.ratio + kept * off, spread=spread)

    def unsure(self, share: float) -> "Reading":
        """Where of a share of the rows nothing is known: their losses may be twice as large."""
        return replace(self, spread=self.spread + np.diag([0.0, (share * self.ratio) ** 2]))

    def drawn(self, rows: int, total: float, squares: float) -> tuple[float, Vector]:
        """The mean loss of rows whose expectations have these sums, and draws of it.

        A mean of losses is drawn from a gamma distribution: it is above zero, and skewed where
        rows are few.
        """
        rng, place = np.random.default_rng(SEED), np.array([1.0, total / rows])
        value = max(self.ratio * place[1], LEAST)
        unsure = max(float(place @ self.spread @ place), 0.0)
        means = np.maximum(value + np.sqrt(unsure) * rng.normal(size=DRAWS), LEAST)
        unlike = self.noise * squares / total**2 if total > 0 else 0.0
        shape = 1 / max(unlike, LEAST)
        return value, means * rng.gamma(shape, 1 / shape, DRAWS)


def _variance(apart: Vector, counts: Vector) -> float:
    return max(float(np.average(apart**2, weights=counts)), LEAST)
