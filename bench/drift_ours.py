"""What is measured of our own drift detection: the code that is deployed, without the cloud."""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.drift_streams import Change, Columns, reference, wide, windows
from monitoring.watch.drift import Drift, measure_drift
from monitoring.watch.evidence import Finding, find_evidence
from monitoring.watch.grid import Grid, make_grid
from monitoring.watch.judging import ANSWERS
from monitoring.watch.spending import WINDOWS
from monitoring.watch.tally import CLOSELY, Tally, count
from tidemill.contract.sections import Drift as Rules

RULES = Rules()
LEVEL = RULES.false_alarms * WINDOWS * (1 - ANSWERS)
HELD_OUT = 1_000
DAYS = 365
PART = 25_000


def counted(base: Columns) -> tuple[Grid, Tally]:
    """The grid of a baseline and its tally, as the function makes them."""
    rows = pa.table(base)
    every = max(5, rows.num_rows // HELD_OUT)
    held = np.arange(rows.num_rows) % every == 0
    numbers = frozenset(name for name, cells in base.items() if cells.dtype.kind == "f")
    grid = make_grid(rows.filter(pa.array(held)), numbers)
    return grid, count(rows.filter(pa.array(~held)), grid, 100_000)


def compare(seed: int, baseline: int, number: int, rows: int, change: Change) -> list[Drift]:
    """The drift of each daily window, at the default rate of false alarms."""
    grid, tally = counted(reference(seed, baseline))
    return [
        measure_drift(
            tally, count(pa.table(seen), grid), grid, level=LEVEL, least_effect=RULES.min_effect
        )
        for seen in windows(seed, number, rows, change)
    ]


def years(features: int, rows: int, baseline: int, number: int) -> Iterator[list[float]]:
    """Years of daily windows with nothing drifting: the log of the least level that each reaches.

    Cells are drawn without drawing rows: of four columns one is a category, others are numbers,
    every third of them with most rows in one cell. There are no segments.
    """
    dice = np.random.default_rng([features, rows, baseline])
    names = [f"f{place}" for place in range(features)]
    labels = tuple("abcdefgh")
    categories = dict.fromkeys(names[3::4], labels)
    edges = {name: np.arange(31.0) for name in names if name not in categories}
    grid = Grid(edges, categories)
    chances = [_chances(dice, place, width) for place, width in enumerate(grid.cells)]
    for _ in range(number):
        before = _drawn(dice, chances, baseline)
        seen = (_drawn(dice, chances, rows) for _ in range(DAYS))
        yield [_least(find_evidence(before, window, grid)) for window in seen]


def measure_speed(rows: int, numbers: int, folder: Path) -> dict[str, float]:
    """Seconds and megabytes at the peak, from a Parquet file to what drifted.

    Segments are counted in as many rows as of one object with all rows.
    """
    path = folder / "wide.parquet"
    with pq.ParquetWriter(path, pa.table(wide(1, numbers)).schema) as writer:
        for part in range(rows // PART):
            writer.write_table(pa.table(wide(PART, numbers, part)))
    grid, tally = counted(wide(PART, numbers, rows))
    started, used = time.perf_counter(), time.process_time()
    window, file = Tally.empty(grid), pq.ParquetFile(path)
    for part in range(file.num_row_groups):
        table = file.read_row_group(part, use_threads=False)
        window = window.merge(count(table, grid, CLOSELY * PART // rows), grid)
    measure_drift(tally, window, grid, level=LEVEL, least_effect=RULES.min_effect)
    return {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - used,
        "peak": getrusage(RUSAGE_SELF).ru_maxrss / 1e3,
    }


def _least(found: list[Finding]) -> float:
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


def is_alarm(year: list[float]) -> bool:
    """Whether anything was called drifted in a year, if windows may spend the whole rate."""
    return min(year) <= math.log(RULES.false_alarms)
