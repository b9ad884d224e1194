"""What a sweep leaves out: nothing that chance alone shows as rarely as was asked for."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from monitoring.watch.chance import log_cell_chance, log_cell_least
from monitoring.watch.sums import log_sum_chances
from monitoring.watch.sweep import (
    CELLS,
    MISSING,
    NAMED,
    PLACE,
    SPREAD,
    normal_scores,
    sweep,
)

type Table = npt.NDArray[np.int64]
type Key = tuple[int, str, int]

LEAST = 0.01
SIZES = [(20, 5), (100, 50_000), (500, 50), (5_000, 5_000), (50_000, 50)]


def tables(dice: np.random.Generator, base: int, rows: int, moved: float) -> tuple[Table, Table]:
    """Twelve columns of one shape, even or with most rows in few cells; some of the window's
    rows come from another.
    """
    cells = int(dice.integers(2, 34))
    shape, other = (dice.dirichlet(np.full(cells, each)) for each in dice.choice([0.05, 1, 10], 2))
    seen = shape * (1 - moved) + other * moved
    return dice.multinomial(base, shape, 12), dice.multinomial(rows, seen / seen.sum(), 12)


def all_chances(ours: Table, theirs: Table, numbers: bool) -> dict[Key, tuple[float, float]]:
    """Every comparison's log chance and its part of the level, without a look at the normal."""
    found: dict[Key, tuple[float, float]] = {}
    whole = ours + theirs
    pooled, drawn = whole[:, :-1], theirs[:, :-1]
    scores = normal_scores(pooled)
    for row in range(len(whole)):
        if numbers:
            for aspect, part, values in (("place", PLACE, scores), ("spread", SPREAD, scores**2)):
                at = slice(row, row + 1)
                chance = log_sum_chances(pooled[at], drawn[at], values[at])[0]
                found[row, aspect, -1] = float(chance), part
        total, window = int(pooled[row].sum()), int(drawn[row].sum())
        part = (CELLS if numbers else NAMED) / max(int((pooled[row] > 0).sum()), 1)
        for cell, (every, hits) in enumerate(zip(pooled[row], drawn[row], strict=True)):
            if 0 < every < total and 0 < window < total:
                chance = log_cell_chance(int(hits), int(every), window, total)
                found[row, "share", cell] = chance, part
        total, window = int(whole[row].sum()), int(theirs[row].sum())
        if 0 < whole[row, -1] < total:
            missing = int(theirs[row, -1]), int(whole[row, -1])
            found[row, "missing", -1] = log_cell_chance(*missing, window, total), MISSING
    return found


@pytest.mark.parametrize(("base", "rows"), SIZES)
@pytest.mark.parametrize("numbers", [True, False])
def test_what_is_left_out_is_not_odd(base: int, rows: int, numbers: bool) -> None:
    """The very findings of working out every chance, with rows as they were and with others."""
    dice = np.random.default_rng([base, rows])
    for moved in (0, 0, 0.01, 0.05, 0.3, 1):
        ours, theirs = tables(dice, base, rows, moved)
        swept = {
            (odd.row, odd.aspect, odd.cell): odd.log_chance
            for odd in sweep(ours, theirs, np.full(12, numbers), np.full(12, LEAST))
        }
        expected = {
            key: chance
            for key, (chance, part) in all_chances(ours, theirs, numbers).items()
            if chance <= math.log(LEAST * part)
        }
        assert swept == pytest.approx(expected, rel=1e-6)


def test_few_rows_in_the_middle_are_odd_though_close_in_standard_errors() -> None:
    """All five in one of 31 cells is less spread than chance allows, be it 1.7 errors away."""
    ours, theirs = np.full((1, 32), 100), np.zeros((1, 32), np.int64)
    theirs[0, 15] = 5
    found = sweep(ours, theirs, np.array([True]), np.array([LEAST]))
    assert "spread" in {odd.aspect for odd in found}


def test_the_least_a_chance_can_be_is_no_more_than_it() -> None:
    """Of shares of any size, to rounding; and it is the chance where the tail is one deal."""
    dice = np.random.default_rng(3)
    for _ in range(300):
        total = int(math.exp(dice.uniform(2, 14)))
        cell, drawn = (int(each) for each in dice.integers(1, total, 2))
        low, high = max(0, cell + drawn - total), min(cell, drawn)
        hits = int(dice.integers(low, high + 1))
        least = float(log_cell_least(hits, cell, drawn, total))
        assert least <= log_cell_chance(hits, cell, drawn, total) + 1e-6
    assert float(log_cell_least(30, 30, 40, 100)) == pytest.approx(log_cell_chance(30, 30, 40, 100))


def test_next_to_the_mean_nothing_is_odd() -> None:
    """A sum of a few far scores among many equal ones has no smooth chance; it is no evidence."""
    pooled = np.array([[4_900, 60, 40, 5]])
    window = np.array([[48, 1, 1, 0]])
    for scores in ([0.0, 2.0, 9.0, 30.0], [0.0, 1.0, 1.5, 100.0]):
        (chance,) = log_sum_chances(pooled, window, np.array([scores]))
        assert chance > math.log(0.05)
