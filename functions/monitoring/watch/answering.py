"""A champion's answers by phase: each held against its own first ones of the same phases."""

from typing import Any

import numpy as np

from monitoring.watch.gathering import Window
from monitoring.watch.grid import Grid
from monitoring.watch.season import Mix, Seasonal
from monitoring.watch.tally import Tally

TENFOLD = 10

type Record = dict[str, Any]
type Firsts = dict[int, Tally]


def by_phase(record: Record, window: Window, grid: Grid) -> tuple[Record, Tally, Tally]:
    """The record with answers of phases that had too few, and two tallies to compare.

    Those are first answers in the window's mix, and the window's answers, of phases with ten times
    as many first answers as the window has. The same window again finds the same.
    """
    seasonal = window.seasonal or Seasonal({}, {})
    firsts = {int(p): Tally.from_document(found) for p, found in record.get("phases", {}).items()}
    mix = {phase: tally.rows for phase, tally in seasonal.answers.items() if tally.rows}
    again = record.get("newest") == window.identity
    few = record["added"] if again else [p for p in mix if _rows(firsts, p) < TENFOLD * mix[p]]
    enough = {phase: wanted for phase, wanted in mix.items() if phase not in few}
    theirs = _sum([seasonal.answers[phase] for phase in enough], grid)
    ours = _alike(firsts, enough, grid, np.random.default_rng(int(window.identity, 16)))
    if not again:
        for phase in few:
            known, new = firsts.get(phase), seasonal.answers[phase]
            firsts[phase] = known.merge(new, grid) if known else new
    kept = {str(phase): tally.to_document() for phase, tally in firsts.items()}
    record = {**record, "phases": kept, "added": few, "newest": window.identity}
    return record, ours, theirs


def _rows(firsts: Firsts, phase: int) -> int:
    return firsts[phase].rows if phase in firsts else 0


def _alike(firsts: Firsts, mix: Mix, grid: Grid, rng: np.random.Generator) -> Tally:
    """First answers drawn so that every phase has the share it has in the mix."""
    times = min((firsts[phase].rows // wanted for phase, wanted in mix.items()), default=0)
    drawn = [_thin(firsts[phase], times * wanted, grid, rng) for phase, wanted in mix.items()]
    return _sum(drawn, grid)


def _thin(tally: Tally, rows: int, grid: Grid, rng: np.random.Generator) -> Tally:
    """So many rows drawn of a tally of one column, without values that have no name."""
    cells = np.zeros(grid.size, np.int64)
    held = slice(0, grid.cells[0])
    cells[held] = rng.multivariate_hypergeometric(tally.cells[held], rows)
    return Tally(rows, cells)


def _sum(tallies: list[Tally], grid: Grid) -> Tally:
    """Values without a name are not told apart: their cell is one."""
    cells = sum((tally.cells for tally in tallies), np.zeros(grid.size, np.int64))
    return Tally(sum(tally.rows for tally in tallies), cells)
