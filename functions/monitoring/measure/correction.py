"""How chances are to be read, and how surely."""

from dataclasses import dataclass, replace

import numpy as np

from monitoring.measure.scores import Vector

FURTHEST = 12.0
UNSEEN = 0.7


@dataclass(frozen=True)
class Correction:
    """True log odds by answered ones, straight between `knots`.

    `spread` is the covariance of the `values` at the knots.
    """

    knots: Vector
    values: Vector
    spread: Vector

    def unlike(self, usual: "Correction") -> "Correction":
        """Less sure by a share of how far it is from the usual one, which has the same knots.

        What weighing has changed is what features show; of what they do not show nothing is known
        but that it need not be less.
        """
        off = UNSEEN * (self.values - usual.values)
        return replace(self, spread=self.spread + np.outer(off, off))

    def unsure(self, share: float) -> "Correction":
        """Where of a share of the rows nothing is known: those may be off by one, all alike."""
        return replace(self, spread=self.spread + share**2)

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
