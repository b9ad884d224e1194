"""A batch's profile, column by column, without a Python loop over its cells."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.profiling.distinct import (
    find_few,
    hash_integers,
    hash_numbers,
    hash_texts,
    hash_tokens,
    sketch_of,
)
from ingestion.ingest.profiling.periods import count_periods
from ingestion.ingest.profiling.sums import exact_sums
from tidemill.contract import Column, Source
from tidemill.profile import LOG_GAMMA, SMALLEST, ColumnProfile, Kind, Profile
from tidemill.profile.keeping import most_values, thin
from tidemill_tabular.checking.texts import is_ascii

type Fields = dict[str, Any]

KINDS: dict[str, Kind] = {
    "int": "number",
    "float": "number",
    "bool": "category",
    "category": "category",
    "timestamp": "timestamp",
    "text": "text",
    "id": "id",
}
MICROSECONDS = 1e6
OFFSET = 1100


def measure(batch: pa.RecordBatch, source: Source) -> Profile:
    """Profile a batch of typed columns as `ColumnProfile.of_cells` profiles their values.

    Pseudonyms, 16 bytes each, are profiled as ids, whatever they stand for.
    """
    most = most_values(len(source.columns))
    columns = {
        name: _measure(batch.column(name), column, most) for name, column in source.columns.items()
    }
    return Profile(rows=batch.num_rows, columns=columns)


def _measure(cells: pa.Array, column: Column, most: int) -> ColumnProfile:
    kind: Kind = "id" if pa.types.is_fixed_size_binary(cells.type) else KINDS[column.type]
    present = pc.drop_null(cells) if cells.null_count else cells
    fields = _READERS[kind](present)
    if kind == "category":
        counts, thinned = thin(fields["counts"], 0, most)
        others = len(present) - sum(counts.values())
        fields |= {"counts": counts, "thinned": thinned, "others": others}
    return ColumnProfile.model_construct(
        kind=kind, count=len(cells), nulls=cells.null_count, **fields
    )


def _numbers(present: pa.Array) -> Fields:
    # -0 and 0 are one number.
    values = present.to_numpy().astype(np.float64) + 0.0
    hashes = hash_numbers(values)
    few = find_few(hashes)
    shown, counts = (values[few.places], few.counts) if few else (values, None)
    total, squares = exact_sums(values)
    return {
        "counts": _buckets(shown, counts),
        "values": dict(zip(shown.tolist(), few.counts.tolist(), strict=True)) if few else None,
        "minimum": float(shown.min()) if shown.size else None,
        "maximum": float(shown.max()) if shown.size else None,
        "total": total,
        "squares": squares,
        "sketch": sketch_of(hashes, few),
    }


def _buckets(values: np.ndarray, times: np.ndarray | None) -> dict[str, int]:
    """As `bucket_of` each value, `times` over."""
    if not values.size:
        return {}
    sizes = np.abs(values)
    tiny = sizes < SMALLEST if sizes.min() < SMALLEST else None
    if tiny is not None:
        sizes[tiny] = 1.0
    np.log(sizes, out=sizes)
    sizes /= LOG_GAMMA
    # Zero is left for the tiny: the indices of all others are above -OFFSET.
    sizes = np.ceil(sizes, out=sizes) + OFFSET
    codes = np.copysign(sizes, values).astype(np.int64)
    if tiny is not None:
        codes[tiny] = 0
    lowest = int(codes.min())
    counts = np.bincount(codes - lowest, times).astype(np.int64)
    found = np.flatnonzero(counts)
    names = map(_bucket, (found + lowest).tolist())
    return dict(zip(names, counts[found].tolist(), strict=True))


@cache
def _bucket(code: int) -> str:
    return f"{'-' if code < 0 else '+'}{abs(code) - OFFSET}" if code else "0"


def _categories(present: pa.Array) -> Fields:
    entries = pc.value_counts(present)
    labels, counts = pc.cast(entries.field("values"), pa.string()), entries.field("counts")
    hashes = hash_texts(labels)
    return {
        "counts": dict(zip(labels.to_pylist(), counts.to_pylist(), strict=True)),
        "sketch": sketch_of(hashes, find_few(hashes)),
    }


def _timestamps(present: pa.Array) -> Fields:
    ticks = pc.cast(present, pa.int64()).to_numpy()
    hashes = hash_integers(ticks)
    return {
        "counts": count_periods(ticks),
        "minimum": int(ticks.min()) / MICROSECONDS if ticks.size else None,
        "maximum": int(ticks.max()) / MICROSECONDS if ticks.size else None,
        "sketch": sketch_of(hashes, find_few(hashes)),
    }


def _texts(present: pa.Array) -> Fields:
    length = pc.binary_length if is_ascii(present) else pc.utf8_length
    lengths = length(present).to_numpy().astype(np.float64)
    total, squares = exact_sums(lengths)
    return {
        "minimum": float(lengths.min()) if lengths.size else None,
        "maximum": float(lengths.max()) if lengths.size else None,
        "total": total,
        "squares": squares,
        **_ids(present),
    }


def _ids(present: pa.Array) -> Fields:
    is_token = pa.types.is_fixed_size_binary(present.type)
    hashes = (hash_tokens if is_token else hash_texts)(present)
    return {"sketch": sketch_of(hashes, find_few(hashes))}


_READERS: dict[Kind, Callable[[pa.Array], Fields]] = {
    "number": _numbers,
    "category": _categories,
    "timestamp": _timestamps,
    "text": _texts,
    "id": _ids,
}
