"""Predictions and outcomes that were joined: Parquet files of a pipeline, sorted by id."""

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.forget.found import Found
from ingestion.forget.subject import Subject
from tidemill.store import Store

NAMING = ("id", "subject")
ROWS_PER_GROUP = 4_096


def search_joined(uri: str, store: Store, subject: Subject) -> Found:
    """Count the rows of the person's id, or of their row."""
    return Found(pc.sum(_theirs(_read(uri, store), subject)).as_py() or 0)


def joined_without(uri: str, store: Store, subject: Subject) -> bytes:
    """The file without those rows, in its order."""
    rows, body = _read(uri, store), io.BytesIO()
    kept = rows.filter(pc.invert(_theirs(rows, subject)))
    pq.write_table(kept, body, row_group_size=ROWS_PER_GROUP, compression="zstd")
    return body.getvalue()


def _read(uri: str, store: Store) -> pa.Table:
    return pq.read_table(io.BytesIO(store.read(uri)))


def _theirs(rows: pa.Table, subject: Subject) -> pa.Array:
    found = pa.array([False] * rows.num_rows, pa.bool_())
    for name in NAMING:
        if name in rows.column_names:
            found = pc.or_(found, subject.mask(rows.column(name).combine_chunks()))
    return found
