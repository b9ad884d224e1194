"""Rows counted on a grid: counts that add up exactly, in any order and grouping of parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.watch.columns import as_numbers, as_texts
from monitoring.watch.grid import COARSE, Grid
from tidemill.profile.keeping import Thinned, add_values, thin

BATCH_ROWS = 16_384
CLOSELY = 20_000

type Counts = npt.NDArray[np.int64]
type Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """How many rows fell in each cell of a grid; `rest` counts, by column, values without a name.

    Of too many such values, a share is kept that their hashes decide.
    """

    rows: int
    cells: Counts
    rest: dict[str, Thinned] = field(default_factory=dict)

    @classmethod
    def empty(cls, grid: Grid) -> Self:
        return cls(0, np.zeros(grid.size, np.int64))

    def merge(self, other: Self, grid: Grid) -> "Tally":
        """Of the rows of both."""
        rest = {
            name: add_values(
                self.rest.get(name, ({}, 0)), other.rest.get(name, ({}, 0)), grid.labels
            )
            for name in self.rest.keys() | other.rest.keys()
        }
        return Tally(self.rows + other.rows, self.cells + other.cells, rest)

    def to_document(self) -> dict[str, Any]:
        return {"rows": self.rows, "cells": self.cells.tolist(), "rest": self.rest}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        rest = {name: (dict(counts), times) for name, (counts, times) in document["rest"].items()}
        return cls(document["rows"], np.array(document["cells"], np.int64), rest)


def count(rows: pa.Table, grid: Grid, closely: int = CLOSELY) -> Tally:
    """Count rows on a grid; a column that they lack is counted nowhere.

    Of more rows than `closely`, an even share is counted in the segments.
    """
    total = Tally.empty(grid)
    stride = 1 + rows.num_rows // closely
    for batch in rows.to_batches(max_chunksize=BATCH_ROWS):
        total = total.merge(_count(batch, grid, stride), grid)
    return total


def _count(rows: pa.RecordBatch, grid: Grid, stride: int) -> Tally:
    cells = np.zeros(grid.size, np.int64)
    rest: dict[str, Thinned] = {}
    codes: dict[str, Codes] = {}
    held = set(rows.schema.names)
    for place, name in enumerate(grid.columns):
        if name not in held:
            continue
        if name in grid.edges:
            codes[name] = grid.places[name].of(as_numbers(rows.column(name)))
        else:
            codes[name], others = _named(rows.column(name), grid.names[name])
            rest[name] = thin(others, 0, grid.labels)
        start, width = grid.starts[place], grid.cells[place]
        cells[start : start + width] = np.bincount(codes[name], minlength=width)
    if grid.segments and codes:
        some = {name: code[::stride] for name, code in codes.items()}
        cells[grid.starts[-1] :] = _in_segments(some, grid)
    return Tally(rows.num_rows, cells, rest)


def _in_segments(codes: Mapping[str, Codes], grid: Grid) -> Counts:
    """A block for each segment: every column's coarse cells, one column after the other."""
    width = COARSE + 1
    held = [(place, name) for place, name in enumerate(grid.columns) if name in codes]
    coarse = np.stack([grid.coarse[place][codes[name]] + place * width for place, name in held])
    size = len(grid.columns) * width
    blocks = []
    for segment in grid.segments:
        if segment.column not in codes:
            blocks.append(np.zeros(size, np.int64))
            continue
        code = codes[segment.column]
        inside = np.flatnonzero((code >= segment.low) & (code <= segment.high))
        blocks.append(np.bincount(coarse[:, inside].ravel(), minlength=size))
    return np.concatenate(blocks)


def _named(column: pa.Array, names: tuple[str, ...]) -> tuple[Codes, dict[str, int]]:
    """The cell of each label, and how often each one without a name occurs."""
    encoded = pc.dictionary_encode(as_texts(column))
    labels = encoded.dictionary.to_pylist()
    known = {name: code for code, name in enumerate(names)}
    cells = np.array([known.get(label, len(names)) for label in labels] + [len(names) + 1])
    indices = pc.fill_null(encoded.indices, len(labels)).to_numpy(zero_copy_only=False)
    times = np.bincount(indices, minlength=len(labels) + 1)
    others = {label: int(times[code]) for code, label in enumerate(labels) if label not in known}
    return cells[indices], others
