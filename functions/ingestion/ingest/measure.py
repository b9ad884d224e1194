"""A batch's profile, column by column, without a Python loop over its cells."""

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Source
from tidemill.profile import LOG_GAMMA, SMALLEST, ColumnProfile, Profile
from tidemill.references import NUMBERS

CATEGORIES = frozenset({"category", "bool"})


def measure(batch: pa.RecordBatch, source: Source) -> Profile:
    """Profile the numbers and categories of a batch; ids, texts and timestamps have none yet."""
    columns = {}
    for name, column in source.columns.items():
        if column.type in NUMBERS:
            columns[name] = _numbers(batch.column(name))
        elif column.type in CATEGORIES:
            columns[name] = _categories(batch.column(name))
    return Profile(rows=batch.num_rows, columns=columns)


def _numbers(cells: pa.Array) -> ColumnProfile:
    values = pc.drop_null(pc.cast(cells, pa.float64()))
    magnitudes = pc.abs(values)
    tiny = pc.less(magnitudes, SMALLEST)
    safe = pc.if_else(tiny, 1.0, magnitudes)
    index = pc.cast(pc.cast(pc.ceil(pc.divide(pc.ln(safe), LOG_GAMMA)), pa.int64()), pa.string())
    sign = pc.if_else(pc.less(values, 0.0), "-", "+")
    buckets = pc.if_else(tiny, "0", pc.binary_join_element_wise(sign, index, ""))
    extremes = pc.min_max(values).as_py()
    return ColumnProfile(
        kind="number",
        count=len(cells),
        nulls=cells.null_count,
        counts=_tally(buckets),
        minimum=extremes["min"],
        maximum=extremes["max"],
        total=pc.sum(values).as_py() or 0.0,
        squares=pc.sum(pc.multiply(values, values)).as_py() or 0.0,
    )


def _categories(cells: pa.Array) -> ColumnProfile:
    counts = _tally(pc.cast(pc.drop_null(cells), pa.string()))
    empty = ColumnProfile(kind="category")
    return empty.merge(
        ColumnProfile(kind="category", count=len(cells), nulls=cells.null_count, counts=counts)
    )


def _tally(cells: pa.Array) -> dict[str, int]:
    return {str(entry["values"]): entry["counts"] for entry in pc.value_counts(cells).to_pylist()}
