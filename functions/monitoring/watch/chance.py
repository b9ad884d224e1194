"""How likely a share is by chance alone, exactly as if rows had been dealt at random.

Baseline and window are both samples, and with nothing drifting every deal of the pooled rows is
equally likely (Fisher's randomisation test): of the rows that fell in a cell, the window holds as
many as the hypergeometric distribution says.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

type Counts = npt.NDArray[np.int64]
type Real = npt.NDArray[np.float64]

MOST_TERMS = 8_192
FEW = 16
HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)
LOG_FACTORIALS = np.array([math.lgamma(n + 1) for n in range(FEW)])


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


def log_cell_least(
    hits: npt.ArrayLike, cell: npt.ArrayLike, drawn: npt.ArrayLike, total: npt.ArrayLike
) -> Real:
    """What `log_cell_chance` is at least, of many cells at once: a tail is no less than its end.

    Twice the chance of exactly so many hits, to nine digits.
    """
    hits, cell, drawn, total = (np.asarray(each, float) for each in (hits, cell, drawn, total))
    chance = _log_choices(cell, hits) + _log_choices(total - cell, drawn - hits)
    return np.minimum(0.0, chance - _log_choices(total, drawn) + math.log(2))


def _log_choose(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_choices(n: Real, k: Real) -> Real:
    return _log_factorials(n) - _log_factorials(k) - _log_factorials(n - k)


def _log_factorials(n: Real) -> Real:
    """Stirling's series from 16 on, where its first omitted term is below 1e-11."""
    x = np.maximum(n, FEW)
    series = (x + 0.5) * np.log(x) - x + HALF_LOG_TAU + (1 / 12 - 1 / (360 * x * x)) / x
    known: Any = LOG_FACTORIALS[np.minimum(n, FEW - 1).astype(np.int64)]
    return np.where(n < FEW, known, series)
