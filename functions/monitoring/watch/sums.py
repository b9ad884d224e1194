"""How likely a sum of scores is by chance alone, of many comparisons at once.

A comparison is an urn: its rows have scores, and the window is so many of them drawn without
replacement. The sum's distribution is found by the double saddlepoint (Skovgaard, Journal of
Applied Probability 24, 1987; for finite populations Robinson, Annals of Statistics 10, 1982).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitoring.watch.chance import HALF_LOG_TAU

type Counts = npt.NDArray[np.int64]
type Real = npt.NDArray[np.float64]

STEPS = 60
HALVINGS = 20
CLOSE = 1e-10
LEAST_PART = 0.1
LOG_TWO = math.log(2)


def log_sum_chances(pooled: Counts, window: Counts, scores: Real) -> Real:
    """Log of the two-sided chance of as odd a sum of scores, given how many rows have each score.

    A row of each table is a comparison, a column a score. The chance is taken half a step between
    scores to the safe side; where there is no saddlepoint, it is Chernoff's bound, which is never
    too small.
    """
    found = np.zeros(len(pooled))
    total, drawn = pooled.sum(1), window.sum(1)
    at = np.flatnonzero(((pooled > 0).sum(1) > 1) & (drawn > 0) & (drawn < total))
    if not len(at):
        return found
    weights = pooled[at].astype(float)
    scores, goal = _towards(weights, window[at], scores[at])
    odd = goal > 0
    at = at[odd]
    urns = _Urns(weights[odd], scores[odd], drawn[at] / total[at])
    found[at] = np.minimum(0.0, LOG_TWO + urns.log_upper(goal[odd]))
    return found


def _towards(weights: Real, window: Counts, scores: Real) -> tuple[Real, Real]:
    """Scores in standard deviations from their mean, signed so that the window's sum is above it.

    And that sum, less half the least step between two scores that occur.
    """
    total = weights.sum(1, keepdims=True)
    scores = scores - (weights * scores).sum(1, keepdims=True) / total
    deviation = np.sqrt((weights * scores**2).sum(1, keepdims=True) / total)
    scores = np.where(weights > 0, scores / np.where(deviation > 0, deviation, 1.0), 0.0)
    found = (window * scores).sum(1)
    steps = np.diff(np.sort(np.where(weights > 0, scores, np.nan), axis=1), axis=1)
    signs = np.where(found < 0, -1.0, 1.0)
    return signs[:, None] * scores, np.abs(found) - np.nanmin(steps, axis=1) / 2


@dataclass(frozen=True)
class _Urns:
    """Rows by score, each drawn on its own with the chance `share`, given how many are drawn.

    `weights` and `scores` have a row for each urn. A point of an urn is its lean towards scores,
    and its lean towards being drawn.
    """

    weights: Real
    scores: Real
    share: Real

    def log_upper(self, found: Real) -> Real:
        """Log of the chance of a sum of at least `found`, of each urn."""
        total = self.weights.sum(1)
        free = total * self.share * (1 - self.share)
        goal = np.stack([found, total * self.share])
        point = np.stack([found / free, np.zeros_like(free)])
        value = self._bound(point, goal)
        for _ in range(STEPS):
            step, gain, bend = self._newton(point, goal)
            sound = (bend > 0) & np.isfinite(value)
            going = sound & (gain >= CLOSE)
            if not going.any():
                break
            point, value = self._descend(point, np.where(going, step, 0.0), goal, value)
        at = sound & (gain < CLOSE)
        weight = np.where(at, point[0] * np.sqrt(np.abs(bend) / free), 1.0)
        bound = np.minimum(0.0, value - _log_binomial(total, self.share))
        return np.where(at, _saddlepoint(value, weight, bound), bound)

    def _bound(self, point: Real, goal: Real) -> Real:
        lean = point[0][:, None] * self.scores + point[1][:, None]
        share = self.share[:, None]
        each = np.logaddexp(np.log1p(-share), np.log(share) + lean)
        found: Real = (self.weights * each).sum(1) - (point * goal).sum(0)
        return found

    def _newton(self, point: Real, goal: Real) -> tuple[Real, Real, Real]:
        """Newton's step of each urn, how much it promises, and the determinant of the bends."""
        lean = point[0][:, None] * self.scores + point[1][:, None]
        lean += np.log(self.share / (1 - self.share))[:, None]
        chance = 1 / (1 + np.exp(-np.clip(lean, -500, 500)))
        drawn = self.weights * chance
        spread = drawn * (1 - chance)
        slope = np.stack([(drawn * self.scores).sum(1), drawn.sum(1)]) - goal
        cross, each = (spread * self.scores).sum(1), spread.sum(1)
        own = (spread * self.scores**2).sum(1)
        bend = own * each - cross**2
        step = np.stack([each * slope[0] - cross * slope[1], own * slope[1] - cross * slope[0]])
        step /= np.where(bend > 0, bend, 1.0)
        return step, (slope * step).sum(0), bend

    def _descend(self, point: Real, step: Real, goal: Real, value: Real) -> tuple[Real, Real]:
        """As far along each step as it leads down."""
        size = np.ones_like(value)
        for _ in range(HALVINGS):
            lower = self._bound(point - size * step, goal)
            if (lower <= value).all():
                break
            size = np.where(lower <= value, size, size / 2)
        down = lower <= value
        return np.where(down, point - size * step, point), np.where(down, lower, value)


def _saddlepoint(value: Real, weight: Real, bound: Real) -> Real:
    """Skovgaard's chance, or the bound where that is below it.

    Close to the mean of few odd scores the formula gives next to nothing: the bound there as well.
    """
    root = np.sqrt(np.maximum(-2 * value, 1e-12))
    normal = np.array([_mills(each) for each in root.tolist()])
    chance = normal + 1 / weight - 1 / root
    sound = chance > LEAST_PART * normal
    logs = np.log(np.where(sound, chance, 1.0))
    return np.where(sound, np.minimum(value - HALF_LOG_TAU + logs, bound), bound)


def _mills(x: float) -> float:
    """The upper tail of the normal distribution over its density."""
    if x > 25:
        return 1 / x - 1 / x**3
    return 0.5 * math.erfc(x / math.sqrt(2)) * math.exp(x * x / 2 + HALF_LOG_TAU)


def _log_binomial(total: Real, share: Real) -> Real:
    """Log of the chance that just `share` of `total` are drawn, each with that chance."""
    return np.array(
        [_log_drawn(all_, each) for all_, each in zip(total.tolist(), share.tolist(), strict=True)]
    )


def _log_drawn(total: float, share: float) -> float:
    drawn, rest = total * share, total * (1 - share)
    choose = math.lgamma(total + 1) - math.lgamma(drawn + 1) - math.lgamma(rest + 1)
    return choose + drawn * math.log(share) + rest * math.log1p(-share)
