"""How rows are counted: the cells of every column, and the segments that are looked at alone.

A grid is made of some rows that are not counted themselves, so that its edges and names know
nothing of the counts: counts of baseline and window are then exchangeable.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.watch.columns import as_numbers, as_texts
from monitoring.watch.places import Places

BINS = 32
COARSE = 8
LEAST_SHARE, MOST_SHARE = 0.01, 0.95
VALUES_OF_A_COLUMN = 12
MOST_SEGMENTS = 64
MOST_PAIRS = 4_096
LABELS = 4_096

type Edges = npt.NDArray[np.float64]
type Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Segment:
    """The rows whose `column` falls in cells `low` to `high`."""

    column: str
    low: int
    high: int
    label: str


@dataclass(frozen=True)
class Grid:
    """`edges` of numbers and `names` of categories, by column; missing is each column's last cell.

    Below the first edge is cell 0; of a category, what is not named is the cell before the last.
    """

    edges: dict[str, Edges]
    names: dict[str, tuple[str, ...]]
    segments: tuple[Segment, ...] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return (*self.edges, *self.names)

    @cached_property
    def cells(self) -> tuple[int, ...]:
        """The number of cells of each column, the missing included."""
        return (
            *(len(e) + 2 for e in self.edges.values()),
            *(len(n) + 2 for n in self.names.values()),
        )

    @cached_property
    def places(self) -> dict[str, Places]:
        """How the cells of numbers are found."""
        return {name: Places.between(edges) for name, edges in self.edges.items()}

    @cached_property
    def coarse(self) -> tuple[Codes, ...]:
        """Of each column, which of the few cells of a segment each cell falls in."""
        return tuple(_coarse(cells - 1) for cells in self.cells)

    @cached_property
    def starts(self) -> Codes:
        """Where each column's cells begin, and where the segments' do."""
        return np.concatenate([[0], np.cumsum(self.cells)])

    @cached_property
    def size(self) -> int:
        """The length of a tally: all columns' cells, then a block for each segment."""
        return int(self.starts[-1]) + len(self.segments) * len(self.columns) * (COARSE + 1)

    @cached_property
    def labels(self) -> int:
        """How many values that are not named each category may remember."""
        return max(64, LABELS // max(len(self.names), 1))

    def cell_name(self, column: str, cell: int) -> str:
        """What a cell holds: a value, a range, or all values without a name."""
        if column in self.names:
            names = self.names[column]
            return names[cell] if cell < len(names) else "all others"
        edges = self.edges[column]
        low = f"{edges[cell - 1]:g}" if cell else ""
        high = f"{edges[cell]:g}" if cell < len(edges) else ""
        return f"{low} to {high}" if low and high else f"from {low}" if low else f"below {high}"

    def to_document(self) -> dict[str, Any]:
        segments = [[s.column, s.low, s.high, s.label] for s in self.segments]
        edges = {name: found.tolist() for name, found in self.edges.items()}
        return {"edges": edges, "names": self.names, "segments": segments}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            {name: np.array(found, float) for name, found in document["edges"].items()},
            {name: tuple(found) for name, found in document["names"].items()},
            tuple(Segment(*fields) for fields in document["segments"]),
        )


def make_grid(rows: pa.Table, numbers: frozenset[str]) -> Grid:
    """A grid for all columns of these rows; those in `numbers` are numbers, the others labels."""
    edges = {n: find_edges(as_numbers(rows.column(n))) for n in rows.column_names if n in numbers}
    shares = {n: _shares(rows.column(n)) for n in rows.column_names if n not in numbers}
    names = {name: tuple(found)[:BINS] for name, found in shares.items()}
    few = min(MOST_SEGMENTS, MOST_PAIRS // max(len(rows.column_names), 1))
    segments = [*_by_value(shares), *_by_size(edges)][:few]
    return Grid(edges, names, tuple(segments))


def find_edges(values: Edges) -> Edges:
    """At most 32 edges between about equally many of the values; a frequent value is alone."""
    values = values[np.isfinite(values)]
    distinct = np.unique(values)
    if len(distinct) <= BINS:
        return distinct
    cuts = np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf")
    found, times = np.unique(cuts, return_counts=True)
    alone = found[times > 1][: BINS // 4]
    if not len(alone):
        return found
    rest = values[~np.isin(values, alone)]
    left = BINS - 2 * len(alone)
    more = np.quantile(rest, np.arange(1, left + 1) / (left + 1), method="inverted_cdf")
    return np.unique(np.concatenate([alone, np.nextafter(alone, np.inf), more]))


def _shares(column: pa.ChunkedArray) -> dict[str, float]:
    """The values that are not rare, the most frequent first, and their shares."""
    found = pc.value_counts(as_texts(column).drop_null())
    total = max(len(column), 1)
    pairs = [(e["values"].as_py(), e["counts"].as_py() / total) for e in found]
    frequent = [(name, share) for name, share in pairs if share >= LEAST_SHARE]
    return dict(sorted(frequent, key=lambda pair: (-pair[1], pair[0])))


def _by_value(shares: Mapping[str, Mapping[str, float]]) -> list[Segment]:
    """A segment for each value, every column's most frequent ones first."""
    ranked = [
        (rank, Segment(column, rank, rank, f"{column} = {name}"))
        for column, values in shares.items()
        for rank, (name, share) in enumerate(list(values.items())[:VALUES_OF_A_COLUMN])
        if share <= MOST_SHARE
    ]
    return [segment for _, segment in sorted(ranked, key=lambda pair: pair[0])]


def _by_size(edges: Mapping[str, Edges]) -> list[Segment]:
    """The lowest and the highest quarter of each number."""
    found = []
    for column, cuts in edges.items():
        if len(cuts) >= 2:
            low, high = len(cuts) // 4, len(cuts) - len(cuts) // 4
            found.append(Segment(column, 0, max(low, 1), f"{column} < {cuts[max(low, 1)]:g}"))
            found.append(Segment(column, high, len(cuts), f"{column} >= {cuts[high - 1]:g}"))
    return found


def _coarse(present: int) -> Codes:
    """Cells 0 to `present` - 1 in eight, in order, and the missing in a ninth."""
    cells = np.arange(present) * COARSE // present if present > COARSE else np.arange(present)
    return np.append(cells, COARSE)
