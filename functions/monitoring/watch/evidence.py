"""What speaks against chance: every comparison of a window with the baseline, and how odd it is.

A window has a level to spend, and each comparison a share of it (Bonferroni, weighted): the chance
that any of all errs is at most the level, whatever hangs together with whatever.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitoring.watch.grid import COARSE, Grid, Segment
from monitoring.watch.novelty import find_novelty
from monitoring.watch.sweep import Odd, sweep
from monitoring.watch.tally import Tally
from tidemill.profile.keeping import Thinned

COLUMNS, SEGMENTS = 0.93, 0.07
EVIDENT = 0.01
NONE: Thinned = ({}, 0)

type Table = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Finding:
    """One comparison: of a column, everywhere or in a segment of the column `within`.

    `aspect` is `place`, `spread`, `share`, `missing` or `unseen`; `cell` names the value or range
    whose share changed. `effect` is in standard deviations of the rows' scores, from baseline to
    window. `log_chance` is of this comparison alone, and `log_level` of the least level of a
    window at which it is drift. It was found in `rows` of `windows` together, `since` their first.
    """

    column: str
    aspect: str
    effect: float
    log_chance: float
    log_level: float
    segment: str = ""
    within: str = ""
    cell: str = ""
    windows: int = 1
    rows: int = 0
    since: str = ""


def find_evidence(
    baseline: Tally, window: Tally, grid: Grid, least: float = EVIDENT
) -> list[Finding]:
    """All that chance alone shows in at most one of a hundred windows, the oddest first.

    Of a hundred windows for all segments together; for each column, in a share `least` of windows.
    """
    ours, theirs = (_by_column(tally, grid) for tally in (baseline, window))
    held = np.flatnonzero(theirs.sum(1) * ours.sum(1))
    share = COLUMNS / max(len(held), 1)
    numbers = np.arange(len(grid.columns)) < len(grid.edges)
    levels = np.full(len(held), least)
    found = [
        _finding(odd, grid.columns[held[odd.row]], share, cell=_cell(grid, held[odd.row], odd.cell))
        for odd in sweep(ours[held], theirs[held], numbers[held], levels)
    ]
    for name in (grid.columns[place] for place in held if not numbers[place]):
        for odd, label in _novel(baseline, window, name):
            if odd.log_chance <= math.log(least * odd.share):
                found.append(_finding(odd, name, share, cell=label))
    found += _in_segments(baseline, window, grid, numbers)
    return sorted(found, key=lambda finding: finding.log_level)


def _novel(baseline: Tally, window: Tally, name: str) -> list[tuple[Odd, str]]:
    ours, theirs = baseline.rest.get(name, NONE), window.rest.get(name, NONE)
    return find_novelty(ours, theirs, window.rows, baseline.rows + window.rows)


def _in_segments(
    baseline: Tally, window: Tally, grid: Grid, numbers: npt.NDArray[np.bool_]
) -> Iterator[Finding]:
    if not grid.segments:
        return
    ours, theirs = (_by_segment(tally, grid) for tally in (baseline, window))
    columns = len(grid.columns)
    places = {name: place for place, name in enumerate(grid.columns)}
    own = [at * columns + places[segment.column] for at, segment in enumerate(grid.segments)]
    held = np.setdiff1d(np.flatnonzero(theirs.sum(1) * ours.sum(1)), own)
    share = SEGMENTS / max(len(held), 1)
    least = np.full(len(held), EVIDENT * share)
    for odd in sweep(ours[held], theirs[held], np.tile(numbers, len(grid.segments))[held], least):
        segment, place = divmod(int(held[odd.row]), columns)
        yield _finding(odd, grid.columns[place], share, segment=grid.segments[segment])


def _finding(
    odd: Odd, column: str, share: float, *, segment: Segment | None = None, cell: str = ""
) -> Finding:
    level = odd.log_chance - math.log(odd.share * share)
    label, within = (segment.label, segment.column) if segment else ("", "")
    return Finding(column, odd.aspect, odd.effect, odd.log_chance, level, label, within, cell)


def _by_column(tally: Tally, grid: Grid) -> Table:
    """A row for each column: its cells, nothing up to the widest column's, and the missing."""
    widths, starts = np.array(grid.cells), grid.starts
    rows = np.repeat(np.arange(len(widths)), widths)
    places = np.arange(starts[-1]) - starts[rows]
    places[starts[1:] - 1] = widths.max(initial=1) - 1
    table = np.zeros((len(widths), widths.max(initial=1)), np.int64)
    table[rows, places] = tally.cells[: starts[-1]]
    return table


def _by_segment(tally: Tally, grid: Grid) -> Table:
    return tally.cells[grid.starts[-1] :].reshape(-1, COARSE + 1)


def _cell(grid: Grid, place: int, cell: int) -> str:
    if cell < 0:
        return ""
    return grid.cell_name(grid.columns[place], cell)
