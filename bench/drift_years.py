"""Years of daily windows with nothing drifting, judged as they are when deployed.

    python -m bench.drift_years [years] [file.csv ...]

Rows of files are dealt at random into windows, so that nothing drifts. Rates of false alarms are
what is spent: a year alarms if any of its windows does, or any of the longer ones that they add
up to, however small the effect.
"""

import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from bench.drift_ours import LEVEL, RULES, counted
from bench.drift_streams import draw
from bench.environments import ROOT
from bench.intervals import Counted, rate, share, upper
from bench.targets import BOARD
from monitoring.watch.evidence import EVIDENT, find_evidence
from monitoring.watch.grid import Grid
from monitoring.watch.longer import FOLD, LENGTHS
from monitoring.watch.spending import LONGER
from monitoring.watch.tally import Tally, count

FEATURES = {5: 40, 50: 30, 500: 20}
ROWS = (50, 500, 5_000, 50_000)
BASELINES = (500, 20_000)
OF_ROWS_YEARS = 30
DAYS = 365
OF_ROWS = ((500, 5_000), (500, 50_000))
OF_FILE = (500, 2_000)
SAMPLE = ROOT / "pipelines" / "abalone" / "abalone.csv"


@dataclass(frozen=True)
class Year:
    """The log of the least level that each day's window reaches, and whether anything alarms."""

    days: list[float]
    alarm: bool


def main(number: int = 0, files: Sequence[Path] = (SAMPLE,)) -> None:
    """Print how many years have a false alarm; hold the rates, and the upper end of all, to 5 %.

    `number` is how many are drawn of each size; as many as take half an hour if 0.
    """
    print("years of 365 windows with any false alarm, of those drawn; and windows that reach a")
    print("level of 1 %, in percent (at most 1 where the chances are exact)")
    print(f"{'features':>14}{'rows':>10}{'baseline':>10}{'years':>14}{'at 1 %':>10}{'ms':>8}")
    every = []
    for features, most in FEATURES.items():
        of = number or most
        cells = [
            _print_cell(str(features), rows, before, drawn_years(features, rows, before, of))
            for rows in ROWS
            for before in BASELINES
        ]
        every.append(_pooled(f"{features} features", cells))
        what = f"years with a false alarm, {features} features"
        BOARD.hold(what, share(every[-1]), 5, unit="%", most=True)
    highest = upper(_pooled("all of these", every))
    BOARD.hold("years with a false alarm, upper end of all", highest, 5, unit="%", most=True)
    of = number or OF_ROWS_YEARS
    cells = [
        _print_cell("16 and parts", rows, before, generated_years(rows, before, of))
        for rows, before in OF_ROWS
    ]
    for path in files:
        cells.append(_print_cell(path.stem, *OF_FILE, dealt_years(path, *OF_FILE, of)))
    found = share(_pooled("rows with segments", cells))
    BOARD.hold("years with a false alarm, rows with segments", found, 5, unit="%", most=True)


def _print_cell(name: str, rows: int, baseline: int, years: Iterator[Year]) -> Counted:
    started = time.process_time()
    drawn = list(years)
    spent = 1e3 * (time.process_time() - started) / (DAYS * len(drawn))
    days = [level for year in drawn for level in year.days]
    odd = 100 * sum(level <= math.log(EVIDENT) for level in days) / len(days)
    alarms = sum(year.alarm for year in drawn)
    said = f"{alarms} of {len(drawn)}"
    print(f"{name:>14}{rows:>10}{baseline:>10}{said:>14}{odd:>10.2f}{spent:>8.1f}", flush=True)
    return alarms, len(drawn)


def _pooled(what: str, found: Iterable[Counted]) -> Counted:
    alarms, of = map(sum, zip(*found, strict=True))
    pooled = alarms, of
    print(f"{what:>20} {alarms} of {of} years: {rate(pooled)}", flush=True)
    return pooled


def drawn_years(features: int, rows: int, baseline: int, number: int) -> Iterator[Year]:
    """Cells drawn without drawing rows, and without segments.

    Of four columns one is a category, others are numbers, every third of them with most rows in
    one cell.
    """
    dice = np.random.default_rng([features, rows, baseline])
    names = [f"f{place}" for place in range(features)]
    categories = dict.fromkeys(names[3::4], tuple("abcdefgh"))
    edges = {name: np.arange(31.0) for name in names if name not in categories}
    grid = Grid(edges, categories)
    chances = [_chances(dice, place, width) for place, width in enumerate(grid.cells)]
    for _ in range(number):
        before = _drawn(dice, chances, baseline)
        yield judge(before, (_drawn(dice, chances, rows) for _ in range(DAYS)), grid)


def generated_years(rows: int, baseline: int, number: int) -> Iterator[Year]:
    """Rows of 14 numbers and two categories, counted on a grid of their own with its segments."""
    dice = np.random.default_rng([rows, baseline, 1])
    for _ in range(number):
        grid, before = counted(pa.table(draw(dice, baseline)))
        yield judge(before, (count(pa.table(draw(dice, rows)), grid) for _ in range(DAYS)), grid)


def dealt_years(path: Path, rows: int, baseline: int, number: int) -> Iterator[Year]:
    """Rows of a file, drawn at random with replacement: whatever it holds, nothing drifts."""
    table = pyarrow.csv.read_csv(path)
    dice = np.random.default_rng([rows, baseline, 2])

    def some(size: int) -> pa.Table:
        return table.take(pa.array(dice.integers(0, table.num_rows, size)))

    for _ in range(number):
        grid, before = counted(some(baseline))
        yield judge(before, (count(some(rows), grid) for _ in range(DAYS)), grid)


def judge(before: Tally, windows: Iterator[Tally], grid: Grid) -> Year:
    """A year of windows and of the longer ones, each at the level that it may spend."""
    days: list[float] = []
    alarm = False
    parts: dict[int, list[Tally]] = {length: [] for length in LENGTHS}
    for window in windows:
        days.append(_least(before, window, grid))
        alarm |= days[-1] <= math.log(LEVEL)
        whole = window
        for length, part in parts.items():
            part.append(whole)
            if len(part) < FOLD:
                break
            whole = Tally.empty(grid)
            for each in part:
                whole = whole.merge(each, grid)
            part.clear()
            alarm |= _least(before, whole, grid) <= math.log(RULES.false_alarms * LONGER * length)
    return Year(days, alarm)


def _least(before: Tally, window: Tally, grid: Grid) -> float:
    """The log of the least level, where that is below one of a hundred windows."""
    found = find_evidence(before, window, grid, EVIDENT / len(grid.columns))
    return min((finding.log_level for finding in found), default=0.0)


def _chances(dice: np.random.Generator, place: int, width: int) -> np.ndarray:
    shape = np.ones(width)
    shape[0] = 20.0 * width if place % 3 == 0 else 1.0
    shape[-1] = 0.5
    found: np.ndarray = dice.dirichlet(shape * 5)
    return found


def _drawn(dice: np.random.Generator, chances: list[np.ndarray], rows: int) -> Tally:
    cells = np.concatenate([dice.multinomial(rows, each) for each in chances])
    return Tally(rows, cells.astype(np.int64))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 0, [*map(Path, sys.argv[2:])] or [SAMPLE])
