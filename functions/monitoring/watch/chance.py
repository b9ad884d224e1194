"""How likely chance alone is, exactly as if rows had been dealt to baseline and window at random.

Both are samples, and with nothing drifting every deal of the pooled rows is equally likely
(Fisher's randomisation test). All that is compared is a sum of scores over the rows of the window.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Counts = npt.NDArray[np.int64]
type Scores = npt.NDArray[np.float64]

MOST_TERMS = 8_192
STEPS = 60
CLOSE = 1e-9
HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


def log_cell_chance(hits: int, cell: int, drawn: int, total: int) -> float:
    """Log of the two-sided chance that `drawn` of `total` rows hold as odd a number of hits.

    `cell` rows of all are hits: the hypergeometric distribution's tail beyond `hits`, doubled.
    """
    if hits * total < cell * drawn:
        hits, cell = drawn - hits, total - cell
    last = min(cell, drawn)
    here = np.arange(hits, min(last, hits + MOST_TERMS), dtype=float)
    falling = np.log((cell - here) * (drawn - here)) - np.log(
        (here + 1) * (total - cell - drawn + here + 1)
    )
    sums = np.concatenate([[0.0], np.cumsum(falling)])
    first = _log_choose(cell, hits) + _log_choose(total - cell, drawn - hits)
    first -= _log_choose(total, drawn)
    highest = float(sums.max())
    tail = first + highest + math.log(float(np.exp(sums - highest).sum()))
    return min(0.0, tail + math.log(2))


def log_sum_chance(pooled: Counts, window: Counts, scores: Scores) -> float:
    """Log of the two-sided chance of as odd a sum of scores, given how many rows have each score.

    Skovgaard's double saddlepoint (Journal of Applied Probability 24, 1987) of sampling without
    replacement (Robinson, Annals of Statistics 10, 1982), half a step between scores to the safe
    side; where it finds no saddlepoint, Chernoff's bound, which is never too small.
    """
    kept = pooled > 0
    weights, scores = pooled[kept].astype(float), scores[kept]
    total, drawn = float(weights.sum()), float(window.sum())
    if len(weights) < 2 or not 0 < drawn < total:
        return 0.0
    scores = scores - float(weights @ scores) / total
    scores = scores / math.sqrt(float(weights @ scores**2) / total)
    found = float(window[kept] @ scores)
    scores, found = (scores, found) if found >= 0 else (-scores, -found)
    found -= float(np.diff(np.sort(scores)).min()) / 2
    if found <= 0:
        return 0.0
    return min(0.0, math.log(2) + _Urn(weights, scores, drawn / total).log_upper(found))


@dataclass(frozen=True)
class _Urn:
    """Rows by score, each drawn on its own with the chance `share`, given how many are drawn.

    A point is (lean towards scores, lean towards being drawn).
    """

    weights: Scores
    scores: Scores
    share: float

    def log_upper(self, found: float) -> float:
        """Log of the chance of a sum of at least `found`."""
        total = float(self.weights.sum())
        free = total * self.share * (1 - self.share)
        goal = np.array([found, total * self.share])
        point = np.array([found / free, 0.0])
        value = self._bound(point, goal)
        for _ in range(STEPS):
            slope, bend = self._bends(point, goal)
            if np.linalg.det(bend) <= 0 or not math.isfinite(value):
                break
            step = np.linalg.solve(bend, slope)
            point, value = self._descend(point, step, goal, value)
            if float(slope @ step) < CLOSE:
                return _saddlepoint(value, float(point[0]) * math.sqrt(np.linalg.det(bend) / free))
        return min(0.0, value - _log_binomial(total, total * self.share, self.share))

    def _bound(self, point: Scores, goal: Scores) -> float:
        lean = point[0] * self.scores + point[1]
        each = np.logaddexp(math.log1p(-self.share), math.log(self.share) + lean)
        return float(self.weights @ each - point @ goal)

    def _bends(self, point: Scores, goal: Scores) -> tuple[Scores, Scores]:
        lean = math.log(self.share / (1 - self.share)) + point[0] * self.scores + point[1]
        drawn = 1 / (1 + np.exp(-np.clip(lean, -500, 500)))
        spread = self.weights * drawn * (1 - drawn)
        own, cross = float(spread @ self.scores**2), float(spread @ self.scores)
        sums = [float((self.weights * drawn) @ self.scores), float(self.weights @ drawn)]
        return np.array(sums) - goal, np.array([[own, cross], [cross, float(spread.sum())]])

    def _descend(
        self, point: Scores, step: Scores, goal: Scores, value: float
    ) -> tuple[Scores, float]:
        """As far along Newton's step as it leads down."""
        size = 1.0
        while size > 1e-6:
            lower = self._bound(point - size * step, goal)
            if lower <= value:
                return point - size * step, lower
            size /= 2
        return point, value


def _saddlepoint(value: float, weight: float) -> float:
    root = math.sqrt(max(-2 * value, 1e-12))
    correction = _mills(root) + 1 / weight - 1 / root
    return value - HALF_LOG_TAU + math.log(max(correction, 1e-3 * _mills(root)))


def _mills(x: float) -> float:
    """The upper tail of the normal distribution over its density."""
    if x > 25:
        return 1 / x - 1 / x**3
    return 0.5 * math.erfc(x / math.sqrt(2)) * math.exp(x * x / 2 + HALF_LOG_TAU)


def _log_binomial(total: float, drawn: float, share: float) -> float:
    rest = total - drawn
    choose = math.lgamma(total + 1) - math.lgamma(drawn + 1) - math.lgamma(rest + 1)
    return choose + drawn * math.log(share) + rest * math.log1p(-share)


def _log_choose(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
