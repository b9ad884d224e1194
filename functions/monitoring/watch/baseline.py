"""What a champion was trained on, counted once: the measure that windows are held against."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from monitoring.watch.columns import ANSWER
from monitoring.watch.grid import Grid, make_grid
from monitoring.watch.season import CLOSELY, Phases, Seasons, known_phases, phases_of
from monitoring.watch.tally import Tally, count
from tidemill.contract import Column, Contract
from tidemill.records import DatasetRecord
from tidemill.references import NUMBERS, TARGET_TYPES
from tidemill.store import Store
from tidemill_tabular.sample import parquet_files, read_rows

LEAST_HELD_OUT, MOST_HELD_OUT = 250, 1_000


@dataclass(frozen=True)
class Baseline:
    """The grid of a champion's features and their tally; `answers` is the grid of predictions.

    `phases` says of the season's phases that training has rows enough of how many those are.
    """

    grid: Grid
    tally: Tally
    answers: Grid
    phases: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: pa.Table, contract: Contract) -> Self:
        """Of training rows: some make the grid, the others are counted."""
        features = compared(contract)
        numbers = frozenset(n for n, c in features.items() if c.type in NUMBERS)
        names = [name for name in rows.column_names if name in features]
        held = held_out(rows.num_rows)
        first, rest = rows.filter(pa.array(held)), rows.select(names).filter(pa.array(~held))
        grid = make_grid(first.select(names), numbers)
        target = first.select([contract.target]).rename_columns([ANSWER])
        number = {ANSWER} if contract.problem == "regression" else set()
        phases = row_phases(rows, contract)
        known = {} if phases is None else known_phases(phases[~held])
        return cls(grid, count(rest, grid, CLOSELY), make_grid(target, frozenset(number)), known)

    def seasons(self, rows: pa.Table, contract: Contract) -> Seasons | None:
        """The rows that were counted, by phase; None where no season is told of them."""
        phases = row_phases(rows, contract)
        if phases is None:
            return None
        names = [name for name in rows.column_names if name in self.grid.columns]
        counted = ~held_out(rows.num_rows)
        return Seasons(rows.select(names).filter(pa.array(counted)), phases[counted], self.grid)

    def to_bytes(self) -> bytes:
        document = {
            "grid": self.grid.to_document(),
            "tally": self.tally.to_document(),
            "answers": self.answers.to_document(),
            "phases": {str(phase): rows for phase, rows in self.phases.items()},
        }
        return gzip.compress(json.dumps(document).encode(), mtime=0)

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        document: dict[str, Any] = json.loads(gzip.decompress(body))
        grid, answers = (Grid.from_document(document[name]) for name in ("grid", "answers"))
        phases = {int(phase): rows for phase, rows in document.get("phases", {}).items()}
        return cls(grid, Tally.from_document(document["tally"]), answers, phases)


def compared(contract: Contract) -> dict[str, Column]:
    """The features whose distribution should stay: time goes on, and texts never repeat."""
    features = contract.feature_columns()
    return {name: column for name, column in features.items() if column.type in TARGET_TYPES}


def row_phases(rows: pa.Table, contract: Contract) -> Phases | None:
    """The phase of each row; None without a season, and where the rows lack what tells it."""
    season = contract.monitor.drift.season
    if season is None or season.column not in rows.column_names:
        return None
    return phases_of(rows.column(season.column), season.by)


def wanted_columns(contract: Contract) -> list[str]:
    """What is read of rows to be compared: features, and what tells the season."""
    season = contract.monitor.drift.season
    return [*compared(contract), *([season.column] if season else [])]


def held_out(rows: int) -> npt.NDArray[np.bool_]:
    """Every nth row makes the grid, so that old and new rows do: 250 to 1,000, a fifth of few."""
    number = min(max(rows // 20, LEAST_HELD_OUT), MOST_HELD_OUT, rows // 5)
    found: npt.NDArray[np.bool_] = np.arange(rows) % max(rows // max(number, 1), 1) == 0
    return found


def read_dataset(dataset: DatasetRecord, contract: Contract, store: Store) -> pa.Table:
    """Rows of a dataset version, features and target only: all, or an even share of many."""
    return read_rows(
        parquet_files(dataset.channels.values(), store),
        [*wanted_columns(contract), contract.target],
        store,
    )
