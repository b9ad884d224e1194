"""What a champion was trained on, counted once: the measure that windows are held against."""

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from monitoring.watch.columns import ANSWER
from monitoring.watch.grid import Grid, make_grid
from monitoring.watch.tally import Tally, count
from tidemill.contract import Column, Contract
from tidemill.records import DatasetRecord
from tidemill.references import NUMBERS, TARGET_TYPES
from tidemill.store import ObjectFile, Store

MOST_ROWS, MOST_CELLS = 250_000, 20_000_000
MOST_GROUPS = 64
HELD_OUT, MOST_HELD_OUT = 5, 1_000
CLOSELY = 100_000
READ_AHEAD = 8 << 20


@dataclass(frozen=True)
class Baseline:
    """The grid of a champion's features and their tally; `answers` is the grid of predictions."""

    grid: Grid
    tally: Tally
    answers: Grid

    @classmethod
    def of(cls, rows: pa.Table, contract: Contract) -> Self:
        """Of training rows: some make the grid, the others are counted.

        Every nth row is held out for the grid, so that old and new rows are in both.
        """
        features = compared(contract)
        numbers = frozenset(n for n, c in features.items() if c.type in NUMBERS)
        names = [name for name in rows.column_names if name in features]
        every = max(HELD_OUT, rows.num_rows // MOST_HELD_OUT)
        held = np.arange(rows.num_rows) % every == 0
        first, rest = rows.filter(pa.array(held)), rows.select(names).filter(pa.array(~held))
        grid = make_grid(first.select(names), numbers)
        target = first.select([contract.target]).rename_columns([ANSWER])
        number = {ANSWER} if contract.problem == "regression" else set()
        return cls(grid, count(rest, grid, CLOSELY), make_grid(target, frozenset(number)))

    def to_bytes(self) -> bytes:
        document = {
            "grid": self.grid.to_document(),
            "tally": self.tally.to_document(),
            "answers": self.answers.to_document(),
        }
        return gzip.compress(json.dumps(document).encode(), mtime=0)

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        document: dict[str, Any] = json.loads(gzip.decompress(body))
        grid, answers = (Grid.from_document(document[name]) for name in ("grid", "answers"))
        return cls(grid, Tally.from_document(document["tally"]), answers)


def compared(contract: Contract) -> dict[str, Column]:
    """The features whose distribution should stay: time goes on, and texts never repeat."""
    features = contract.feature_columns()
    return {name: column for name, column in features.items() if column.type in TARGET_TYPES}


def read_dataset(dataset: DatasetRecord, contract: Contract, store: Store) -> pa.Table:
    """Rows of a dataset version, features and target only: all, or an even share of many."""
    files = [uri for channel in dataset.channels.values() for uri in store.list(channel)]
    return read_rows(
        [uri for uri in files if uri.endswith(".parquet")],
        [*compared(contract), contract.target],
        store,
    )


def read_rows(files: Sequence[str], columns: Sequence[str], store: Store) -> pa.Table:
    """Rows of Parquet files, of the columns that they have; at most 250,000, taken evenly."""
    groups = list(_groups(files, store))
    total = sum(rows for _, _, rows in groups)
    if not total:
        raise FileNotFoundError(f"no rows to compare with in {list(files)[:3]}")
    most = min(MOST_ROWS, MOST_CELLS // max(len(columns), 1))
    chosen = groups[:: 1 + (len(groups) - 1) // MOST_GROUPS]
    stride = 1 + (sum(rows for _, _, rows in chosen) - 1) // most
    parts = []
    for uri, group, _ in chosen:
        with io.BufferedReader(ObjectFile(store, uri), READ_AHEAD) as body:
            file = pq.ParquetFile(body, pre_buffer=False)
            names = [name for name in columns if name in file.schema_arrow.names]
            table = file.read_row_group(group, columns=names, use_threads=False)
        some = pa.array(range(0, table.num_rows, stride))
        parts.append(table.take(some) if stride > 1 else table)
    return pa.concat_tables(parts).combine_chunks()


def _groups(files: Sequence[str], store: Store) -> Iterator[tuple[str, int, int]]:
    for uri in files:
        with io.BufferedReader(ObjectFile(store, uri), READ_AHEAD) as body:
            found = pq.ParquetFile(body, pre_buffer=False).metadata
            for group in range(found.num_row_groups):
                yield uri, group, found.row_group(group).num_rows
