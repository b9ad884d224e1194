"""Many comparisons at once: which of them are odd enough to be looked at closely.

A row is one comparison of a column's cells, the last one for the missing. What cannot be odd is
left out, and the chance of the others is worked out. Where rows can be weighed so that the mean of
the scores is the window's, in proportion to the scores, the exponent of the chance of it is at
most z^2, z being the distance in standard errors: Kullback and Leibler's divergence of a
distribution is below its chi-square (Gibbs and Su, International Statistical Review 70, 2002).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from monitoring.watch.chance import log_cell_chance, log_cell_least
from monitoring.watch.sums import log_sum_chances

type Table = npt.NDArray[np.int64]
type Real = npt.NDArray[np.float64]
type Mask = npt.NDArray[np.bool_]
type Places = npt.NDArray[np.intp]

PLACE, SPREAD, MISSING, CELLS, UNSEEN = 0.8, 0.05, 0.05, 0.1, 0.05
NAMED = 1 - MISSING - UNSEEN
STEPS = 4_096
ROUNDING = 1e-6


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
    """Compare the rows of two tables of counts: all that chance alone shows at level `least`.

    Where `numbers` holds, cells are in order. `least` is by row, and each kind of comparison has
    its share of it.
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
    scores = normal_scores(pooled)
    for aspect, share, values in (("place", PLACE, scores), ("spread", SPREAD, scores**2)):
        bar = np.log(least[rows] * share)
        effects, near = _odd_sums(pooled, theirs[rows], values, bar)
        chances = log_sum_chances(pooled[near], theirs[rows[near]], values[near])
        for at in np.flatnonzero(chances <= bar[near]):
            effect, chance = float(effects[near[at]]), float(chances[at])
            yield Odd(int(rows[near[at]]), aspect, -1, effect, chance, share)


def _odd_sums(pooled: Table, theirs: Table, scores: Real, bar: Real) -> tuple[Real, Places]:
    """Differences of mean scores in pooled standard deviations; whose chance may be below `bar`.

    Weights in proportion to scores are those of the window and of the rest; none is below nothing.
    """
    total, drawn = pooled.sum(1), theirs.sum(1)
    centred = scores - ((pooled * scores).sum(1) / np.maximum(total, 1))[:, None]
    spread = np.sqrt((pooled * centred**2).sum(1) / np.maximum(total - 1, 1))
    effects, odds = _both((theirs * centred).sum(1), spread, drawn, total)
    lean = np.where(pooled > 0, centred, 0) * (effects / np.where(spread > 0, spread, 1))[:, None]
    weighed = (lean.min(1) * (total - drawn) > -total) & (lean.max(1) * drawn < total)
    return effects, np.flatnonzero((odds**2 >= -bar) | ~weighed)


def _shares(ours: Table, theirs: Table, numbers: Mask, least: Real) -> Iterator[Odd]:
    """How much of what is present lies in each cell."""
    pooled = ours + theirs
    used = np.maximum((pooled > 0).sum(1), 1)
    share = np.where(numbers, CELLS, NAMED) / used
    drawn, total = theirs.sum(1)[:, None], pooled.sum(1)[:, None]
    bar = np.log(least * share)[:, None]
    for row, cell, effect, chance in _odd_cells(theirs, pooled, drawn, total, bar):
        yield Odd(row, "share", cell, effect, chance, float(share[row]))


def _missing(ours: Table, theirs: Table, least: Real) -> Iterator[Odd]:
    pooled = ours + theirs
    drawn, total = theirs.sum(1)[:, None], pooled.sum(1)[:, None]
    bar = np.log(least * MISSING)[:, None]
    for row, _, effect, chance in _odd_cells(theirs[:, -1:], pooled[:, -1:], drawn, total, bar):
        yield Odd(row, "missing", -1, effect, chance, MISSING)


def _odd_cells(
    hits: Table, cell: Table, drawn: Table, total: Table, bar: Real
) -> Iterator[tuple[int, int, float, float]]:
    """Row, column, effect and log chance of the shares with one of at most `bar`, by row."""
    effects, odds = _rates(hits, cell, drawn, total)
    rows, cells = np.nonzero(odds**2 >= -bar)
    if not len(rows):
        return
    found = [hits[rows, cells], cell[rows, cells], drawn[rows, 0], total[rows, 0]]
    near = np.flatnonzero(log_cell_least(*found) <= bar[rows, 0] + ROUNDING)
    for at in near.tolist():
        chance = log_cell_chance(*(int(each[at]) for each in found))
        if chance <= bar[rows[at], 0]:
            place = (int(rows[at]), int(cells[at]))
            yield *place, float(effects[place]), chance


def _rates(hits: Table, cell: Table, drawn: Table, total: Table) -> tuple[Real, Real]:
    """Differences of a share in standard deviations of a row, and in its own."""
    share = cell / np.maximum(total, 1)
    spread = np.sqrt(share * (1 - share) * total / np.maximum(total - 1, 1))
    return _both(hits - drawn * share, spread, drawn, total)


def _both(excess: Real, spread: Real, drawn: Table, total: Table) -> tuple[Real, Real]:
    rest = total - drawn
    known = (spread > 0) & (drawn > 0) & (rest > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = np.where(known, excess * total / (drawn * rest) / spread, 0.0)
        return effects, effects * np.sqrt(np.where(known, drawn * rest / total, 0.0))


def normal_scores(pooled: Table) -> Real:
    """What a normal distribution has at the middle rank of each cell, cell by cell of each row."""
    total = np.maximum(pooled.sum(1, keepdims=True), 1)
    places = (np.cumsum(pooled, 1) - pooled / 2) / total * STEPS - 0.5
    places = np.clip(places, 0, STEPS - 1)
    below = np.minimum(places.astype(np.int64), STEPS - 2)
    curve = _curve()
    found: Real = curve[below] + (places - below) * (curve[below + 1] - curve[below])
    return found


@cache
def _curve() -> Real:
    normal = NormalDist()
    return np.array([normal.inv_cdf((step + 0.5) / STEPS) for step in range(STEPS)])
