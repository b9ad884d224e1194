"""Many comparisons at once: which of them are odd enough to be looked at closely.

A row is one comparison of a column's cells, the last one for the missing. What a normal
distribution would call usual is left out; the chance of the others is worked out exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from monitoring.watch.chance import log_cell_chance, log_sum_chance

type Table = npt.NDArray[np.int64]
type Real = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]

PLACE, SPREAD, MISSING, CELLS, UNSEEN = 0.8, 0.05, 0.05, 0.1, 0.05
NAMED = 1 - MISSING - UNSEEN
STEPS = 4_096


@dataclass(frozen=True)
class Odd:
    """A comparison that stands out: of which row, in what, by how much, and how oddly.

    `cell` is where shares differ, -1 elsewhere; `share` is its part of what the row may spend.
    """

    row: int
    aspect: str
    cell: int
    effect: float
    log_chance: float
    share: float


def sweep(ours: Table, theirs: Table, numbers: Mask, least: Real) -> list[Odd]:
    """Compare the rows of two tables of counts; those that are odd at level `least` of a row.

    Where `numbers` holds, cells are in order. `least` is by row.
    """
    return [
        *_sums(ours[:, :-1], theirs[:, :-1], numbers, least),
        *_shares(ours[:, :-1], theirs[:, :-1], numbers, least),
        *_missing(ours, theirs, least),
    ]


def _sums(ours: Table, theirs: Table, numbers: Mask, least: Real) -> Iterator[Odd]:
    """Place and spread of numbers, by the normal scores of their pooled ranks."""
    rows = np.flatnonzero(numbers)
    pooled = (ours + theirs)[rows]
    total = pooled.sum(1, keepdims=True)
    middle = (np.cumsum(pooled, 1) - pooled / 2) / np.maximum(total, 1)
    scores = _normal_score(middle)
    for aspect, share, values in (("place", PLACE, scores), ("spread", SPREAD, scores**2)):
        effects, odds = _standardised(pooled, theirs[rows], values)
        for at in np.flatnonzero(odds**2 >= -np.log(least[rows] * share)):
            chance = log_sum_chance(pooled[at], theirs[rows[at]], values[at])
            yield Odd(int(rows[at]), aspect, -1, float(effects[at]), chance, share)


def _shares(ours: Table, theirs: Table, numbers: Mask, least: Real) -> Iterator[Odd]:
    """How much of what is present lies in each cell."""
    pooled = ours + theirs
    used = np.maximum((pooled > 0).sum(1), 1)
    share = np.where(numbers, CELLS, NAMED) / used
    total, drawn = pooled.sum(1), theirs.sum(1)
    effects, odds = _rates(theirs, pooled, drawn[:, None], total[:, None])
    for row, cell in np.argwhere(odds**2 >= -np.log(least * share)[:, None]):
        hits, every = int(theirs[row, cell]), int(pooled[row, cell])
        chance = log_cell_chance(hits, every, int(drawn[row]), int(total[row]))
        effect = float(effects[row, cell])
        yield Odd(int(row), "share", int(cell), effect, chance, float(share[row]))


def _missing(ours: Table, theirs: Table, least: Real) -> Iterator[Odd]:
    pooled = ours + theirs
    total, drawn = pooled.sum(1), theirs.sum(1)
    effects, odds = _rates(theirs[:, -1], pooled[:, -1], drawn, total)
    for row in np.flatnonzero(odds**2 >= -np.log(least * MISSING)):
        hits, every = int(theirs[row, -1]), int(pooled[row, -1])
        chance = log_cell_chance(hits, every, int(drawn[row]), int(total[row]))
        yield Odd(int(row), "missing", -1, float(effects[row]), chance, MISSING)


def _standardised(pooled: Table, theirs: Table, scores: Real) -> tuple[Real, Real]:
    """Difference of mean scores in pooled standard deviations, and in its own."""
    total, drawn = pooled.sum(1), theirs.sum(1)
    centred = scores - ((pooled * scores).sum(1) / np.maximum(total, 1))[:, None]
    spread = np.sqrt((pooled * centred**2).sum(1) / np.maximum(total - 1, 1))
    return _both((theirs * centred).sum(1), spread, drawn, total)


def _rates(hits: Table, cell: Table, drawn: Table, total: Table) -> tuple[Real, Real]:
    """The same of a share: of rows that are hits, scored 1, and others, scored 0."""
    share = cell / np.maximum(total, 1)
    spread = np.sqrt(share * (1 - share) * total / np.maximum(total - 1, 1))
    return _both(hits - drawn * share, spread, drawn, total)


def _both(excess: Real, spread: Real, drawn: Table, total: Table) -> tuple[Real, Real]:
    rest = total - drawn
    known = (spread > 0) & (drawn > 0) & (rest > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = np.where(known, excess * total / (drawn * rest) / spread, 0.0)
        return effects, effects * np.sqrt(np.where(known, drawn * rest / total, 0.0))


def _normal_score(middle: Real) -> Real:
    found: Real = np.interp(middle, *_curve())
    return found


@cache
def _curve() -> tuple[Real, Real]:
    places = (np.arange(STEPS) + 0.5) / STEPS
    normal = NormalDist()
    return places, np.array([normal.inv_cdf(float(place)) for place in places])
