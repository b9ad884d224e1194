"""Windows held against training rows of their months: false alarms, and what is found.

    PYTHONPATH=functions python -m bench.seasons [windows]

Nine columns, of which four swing over the year by two deviations, and one by its shares; then the
hours of Bike Sharing.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.intervals import Counted, rate, upper
from bench.problems import TIME, bike_sharing
from bench.targets import BOARD
from monitoring.watch.baseline import held_out
from monitoring.watch.drift import Drift, measure_drift
from monitoring.watch.grid import make_grid
from monitoring.watch.season import Phases, Seasons, mix_of
from monitoring.watch.tally import Tally, count

COLUMNS, YEAR = 8, 12
SWING, SHARE = 2.0, 0.4
SHIFT = 0.2
LOOSE, STRICT = 0.01, 1e-5
WINDOWS, WORLDS = 200, 5
LENGTH, MOST = 500, 0.7
HOURS = ["temp", "hum", "windspeed", "hr", "weathersit"]
CALM = ((5_000, 500), (20_000, 500), (20_000, 5_000))
SHIFTED = ((20_000, 500), (20_000, 2_000), (100_000, 2_000))
MIXES = ("a month", "two months", "all months")


@dataclass(frozen=True)
class World:
    """Training rows on a grid, counted together, and by month."""

    together: Tally
    seasons: Seasons

    @classmethod
    def of(cls, rows: int, seed: int) -> "World":
        rng = np.random.default_rng(seed)
        months = rng.integers(1, YEAR + 1, rows)
        table = draw(rng, months)
        held = held_out(rows)
        numbers = frozenset(name for name in table.column_names if name != "kind")
        grid = make_grid(table.filter(pa.array(held)), numbers)
        rest = table.filter(pa.array(~held))
        return cls(count(rest, grid), Seasons(rest, months[~held], grid))

    def judge(self, window: pa.Table, months: Phases, name: str, level: float) -> Drift:
        ours = self.seasons.alike(mix_of(months), name)
        return self._drift(ours, window, level)

    def judge_together(self, window: pa.Table, level: float) -> Drift:
        return self._drift(self.together, window, level)

    def _drift(self, ours: Tally, window: pa.Table, level: float) -> Drift:
        grid = self.seasons.grid
        return measure_drift(ours, count(window, grid), grid, level=level, least_effect=0.0)


def main(windows: int = WINDOWS) -> None:
    """Print the rates, and hold the false alarms to their level."""
    print("windows called drifted at a level of 1 %, nothing drifting but the season")
    print(f"{'baseline':>10}{'rows':>8}  {'of':12}{'by season':>22}{'together':>22}")
    calm = (0, 0)
    for baseline, rows in CALM:
        for mix in MIXES:
            found = list(_calm(baseline, rows, mix, windows))
            own, plain = (_counted(list(each)) for each in zip(*found, strict=True))
            calm = calm[0] + own[0], calm[1] + own[1]
            print(f"{baseline:10,}{rows:8,}  {mix:12}{rate(own):>22}{rate(plain):>22}", flush=True)
    BOARD.hold(
        "calm windows by season at a level of 1 %, at most", upper(calm), 2.0, unit="%", most=True
    )
    print(f"\na shift of {SHIFT} deviations named first, at one false alarm in 100,000 windows")
    for baseline, rows in SHIFTED:
        for mix in (MIXES[0], MIXES[2]):
            named = _counted(list(_shifted(baseline, rows, mix, windows // 4)))
            print(f"{baseline:10,}{rows:8,}  {mix:12}{rate(named):>22}", flush=True)
    bikes()


def bikes() -> None:
    """Print how many windows of 500 hours of 2012 drift from 2011, and of hours from their own."""
    frame = bike_sharing().frame
    first = frame[TIME].dt.year == frame[TIME].dt.year.min()
    some = np.random.default_rng(1).random(len(frame)) < MOST
    print("\nBike Sharing by month: windows of 500 hours that drift, and the mean index")
    for said, trained in (("2012 from 2011", first), ("hours left out", some)):
        for least in (0.05, 0.5):
            found = list(_of_hours(frame[trained], frame[~trained], least))
            own, plain = zip(*found, strict=True)
            print(f"{said:16}{f'min_effect {least}':>18}  ", end="")
            print(f"by season {_told(own)}, together {_told(plain)}", flush=True)


def _of_hours(
    trained: pd.DataFrame, seen: pd.DataFrame, least: float
) -> Iterator[tuple[Drift, Drift]]:
    """By season, and together."""
    rows = pa.Table.from_pandas(trained[HOURS], preserve_index=False)
    held = held_out(len(trained))
    grid = make_grid(rows.filter(pa.array(held)), frozenset(HOURS[:4]))
    rest, months = rows.filter(pa.array(~held)), trained[TIME].dt.month.to_numpy()[~held]
    seasons, together = Seasons(rest, months, grid), count(rest, grid)
    for start in range(0, len(seen) - LENGTH + 1, LENGTH):
        window = seen.iloc[start : start + LENGTH]
        tally = count(pa.Table.from_pandas(window[HOURS], preserve_index=False), grid)
        ours = seasons.alike(mix_of(window[TIME].dt.month.to_numpy()), f"{start + 1:x}")
        by, plain = (
            measure_drift(each, tally, grid, level=STRICT, least_effect=least)
            for each in (ours, together)
        )
        yield by, plain


def _told(found: Sequence[Drift]) -> str:
    index = sum(drift.score for drift in found) / len(found)
    return f"{sum(bool(drift.drifted) for drift in found)} of {len(found)} ({index:.2f})"


def draw(rng: np.random.Generator, months: Phases, shift: float = 0.0) -> pa.Table:
    """Rows of these months; `shift` moves the column `x0`, which swings."""
    turn = np.sin(2 * np.pi * months / YEAR)
    columns = {
        f"x{place}": rng.normal(size=len(months)) + (SWING * turn if place % 2 == 0 else 0)
        for place in range(COLUMNS)
    }
    columns["x0"] = columns["x0"] + shift
    chances = 0.5 + SHARE * turn
    return pa.table({**columns, "kind": np.where(rng.random(len(months)) < chances, "a", "b")})


def _calm(baseline: int, rows: int, mix: str, windows: int) -> Iterator[tuple[bool, bool]]:
    """By season, and together."""
    for name, world, months, rng in _worlds(baseline, rows, mix, windows):
        window = draw(rng, months)
        by = world.judge(window, months, name, LOOSE)
        yield bool(by.drifted), bool(world.judge_together(window, LOOSE).drifted)


def _shifted(baseline: int, rows: int, mix: str, windows: int) -> Iterator[bool]:
    for name, world, months, rng in _worlds(baseline, rows, mix, windows):
        by = world.judge(draw(rng, months, SHIFT), months, name, STRICT)
        yield by.drifted[:1] == ("x0",)


def _worlds(
    baseline: int, rows: int, mix: str, windows: int
) -> Iterator[tuple[str, World, Phases, np.random.Generator]]:
    for seed in range(WORLDS):
        world, rng = World.of(baseline, seed), np.random.default_rng(1_000 + seed)
        for number in range(windows // WORLDS):
            yield f"{seed * 1_000 + number + 1:x}", world, _months(rng, rows, mix), rng


def _months(rng: np.random.Generator, rows: int, mix: str) -> Phases:
    first = int(rng.integers(1, YEAR + 1))
    if mix == MIXES[0]:
        return np.full(rows, first)
    if mix == MIXES[1]:
        return np.where(rng.random(rows) < 0.7, first, first % YEAR + 1)
    return rng.integers(1, YEAR + 1, rows)


def _counted(found: list[bool]) -> Counted:
    return sum(found), len(found)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
