"""What is measured of our own drift detection: the code that is deployed, without the cloud."""

import pyarrow as pa

from bench.drift_streams import Change, reference, windows
from monitoring.watch.baseline import held_out
from monitoring.watch.drift import Drift, measure_drift
from monitoring.watch.grid import Grid, make_grid
from monitoring.watch.judging import ANSWERS
from monitoring.watch.season import CLOSELY
from monitoring.watch.spending import WINDOWS
from monitoring.watch.tally import Tally, count
from tidemill.contract.sections import Drift as Rules

RULES = Rules()
LEVEL = RULES.false_alarms * WINDOWS * (1 - ANSWERS)


def counted(rows: pa.Table) -> tuple[Grid, Tally]:
    """The grid of a baseline and its tally, as the function makes them."""
    held = held_out(rows.num_rows)
    numbers = frozenset(f.name for f in rows.schema if not pa.types.is_string(f.type))
    grid = make_grid(rows.filter(pa.array(held)), numbers)
    return grid, count(rows.filter(pa.array(~held)), grid, CLOSELY)


def compare(seed: int, baseline: int, number: int, rows: int, change: Change) -> list[Drift]:
    """The drift of each daily window, at the default rate of false alarms."""
    grid, tally = counted(pa.table(reference(seed, baseline)))
    return [
        judge(tally, count(pa.table(seen), grid), grid)
        for seen in windows(seed, number, rows, change)
    ]


def judge(baseline: Tally, window: Tally, grid: Grid) -> Drift:
    """A daily window's drift."""
    return measure_drift(baseline, window, grid, level=LEVEL, least_effect=RULES.min_effect)
