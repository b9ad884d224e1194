"""Rows that repeat a value of a column where every value is to be unique.

Each range leaves the hashes of its rows' keys, sorted; repeats are found by merging those bucket
by bucket, so that memory is bounded by a bucket and not by the file. Of equal keys the first row
counts. A later one that is equal in every column is a duplicate, any other breaks the rule. Keys
are equal where 128 bits of hash are; rows without a value repeat nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.ingest.checking.hashing import hash_values
from tidemill.references import ROW

type Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]
KEYS_PER_BUCKET = 500_000
# A row of a range that repeats `column` of a row of another, or the same; rows count from 1.
REPEATS = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int64()),
        ("column", pa.string()),
        ("first_part", pa.int32()),
        ("first_row", pa.int64()),
        ("same", pa.bool_()),
    ]
)
SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)


def keys_of(good: pa.RecordBatch, unique: Sequence[str]) -> pa.Table | None:
    """The hashed keys of good rows: column, key (two words), whole row (one word), row number."""
    if not unique:
        return None
    names = [name for name in good.schema.names if name != ROW]
    whole = np.zeros(good.num_rows, dtype=np.uint64)
    for name in names:
        whole = whole * np.uint64(SEEDS[0] | 1) + hash_values(good.column(name), SEEDS[1])
    tables = [_keys(good, name, whole) for name in unique]
    return pa.concat_tables(tables)


def _keys(good: pa.RecordBatch, name: str, whole: Hashes) -> pa.Table:
    values = good.column(name)
    there = pc.is_valid(values)
    high, low = (pa.array(hash_values(values, seed)) for seed in SEEDS)
    columns = {"high": high, "low": low, "whole": pa.array(whole), "row": good.column(ROW)}
    table = pa.table(columns).filter(there)
    return table.append_column("column", pa.repeat(pa.scalar(name), table.num_rows))


def find_repeats(parts: Sequence[pq.ParquetFile]) -> Iterator[pa.Table]:
    """The rows that repeat others, table by table; `parts` are their keys in the file's order."""
    total = sum(part.metadata.num_rows for part in parts)
    buckets = max(1, -(-total // KEYS_PER_BUCKET))
    edges = [(2**64 * n) // buckets for n in range(buckets + 1)]
    for low, high in pairwise(edges):
        yield _repeats(_bucket(parts, low, high))


def _bucket(parts: Sequence[pq.ParquetFile], low: int, high: int) -> pa.Table:
    tables = []
    for number, part in enumerate(parts):
        groups = [n for n in range(part.metadata.num_row_groups) if _meets(part, n, low, high)]
        table = part.read_row_groups(groups)
        inside = pc.and_(
            pc.greater_equal(table.column("high"), pa.scalar(low, pa.uint64())),
            pc.less_equal(table.column("high"), pa.scalar(high - 1, pa.uint64())),
        )
        table = table.filter(inside)
        place = pa.repeat(pa.scalar(number, pa.int32()), table.num_rows)
        tables.append(table.append_column("part", place))
    return pa.concat_tables(tables)


def _meets(part: pq.ParquetFile, group: int, low: int, high: int) -> bool:
    statistics = part.metadata.row_group(group).column(0).statistics
    return statistics is None or bool(statistics.max >= low and statistics.min < high)


def _repeats(keys: pa.Table) -> pa.Table:
    keys = keys.sort_by([(n, "ascending") for n in ("column", "high", "low", "part", "row")])
    same = np.ones(max(0, keys.num_rows - 1), dtype=bool)
    columns = keys.column("column").combine_chunks().dictionary_encode().indices
    for words in (columns, keys.column("high"), keys.column("low")):
        values = words.to_numpy()
        same &= values[1:] == values[:-1]
    starts = np.concatenate([[0], np.flatnonzero(~same) + 1])
    later = np.flatnonzero(same) + 1
    firsts = starts[np.searchsorted(starts, later, side="right") - 1]
    found, first = keys.take(pa.array(later)), keys.take(pa.array(firsts))
    return pa.table(
        {
            "part": found["part"],
            "row": found["row"],
            "column": found["column"],
            "first_part": first["part"],
            "first_row": first["row"],
            "same": pc.equal(found["whole"], first["whole"]),
        },
        schema=REPEATS,
    )
