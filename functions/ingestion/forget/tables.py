"""Parquet objects: which rows are a person's, and the object without them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.forget.found import Found
from ingestion.forget.quarantine import is_quarantine, read_quarantine
from ingestion.forget.subject import Subject
from tidemill.store import ObjectFile, Store

type Mark = Callable[[pa.Table], pa.Array]


@dataclass(frozen=True)
class Marked:
    """How to tell a person's rows of one file: the columns it takes, and what they say."""

    columns: list[str]
    mark: Mark
    unnamed: int = 0


def search_table(uri: str, store: Store, subject: Subject) -> Found:
    """Count the person's rows, reading only what names people, one row group at a time."""
    file = _open(uri, store)
    marked = _marked(file, subject)
    rows = sum(
        pc.sum(marked.mark(file.read_row_group(group, columns=marked.columns))).as_py() or 0
        for group in range(file.num_row_groups if marked.columns else 0)
    )
    return Found(rows, marked.unnamed)


def table_without(uri: str, store: Store, subject: Subject) -> bytes:
    """The file without the person's rows, otherwise as it was written."""
    file = _open(uri, store)
    mark = _marked(file, subject).mark
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, file.schema_arrow, **_as_written(file.metadata)) as writer:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            writer.write_table(table.filter(pc.invert(mark(table))))
    return bytes(sink.getvalue())


def count_rows(uri: str, store: Store) -> int:
    """The rows of a Parquet object, from its footer."""
    return int(_open(uri, store).metadata.num_rows)


def count_distinct(uri: str, column: str, store: Store) -> int:
    """The different values of a column of a Parquet object."""
    return int(pc.count_distinct(_open(uri, store).read([column]).column(column)).as_py())


def _open(uri: str, store: Store) -> pq.ParquetFile:
    return pq.ParquetFile(pa.PythonFile(ObjectFile(store, uri), "rb"))


def _marked(file: pq.ParquetFile, subject: Subject) -> Marked:
    names = file.schema_arrow.names
    if is_quarantine(names):
        rows, unnamed = read_quarantine(file, subject)
        numbers = pa.array(sorted(rows), pa.int64())
        return Marked(["row"], lambda table: pc.is_in(table.column("row"), numbers), unnamed)
    if subject.column in names:
        return Marked([subject.column], lambda table: _mask(table.column(subject.column), subject))
    return Marked([], lambda table: pa.array([False] * table.num_rows), file.metadata.num_rows)


def _mask(column: pa.ChunkedArray, subject: Subject) -> pa.ChunkedArray:
    return pa.chunked_array([subject.mask(chunk) for chunk in column.chunks], pa.bool_())


def _as_written(metadata: Any) -> dict[str, Any]:  # noqa: ANN401 - pyarrow's FileMetaData
    """The writer's options that give the same compression and encodings again."""
    if not metadata.num_row_groups:
        return {"compression": "zstd"}
    group = metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    deltas = {
        column.path_in_schema: encoding
        for column in columns
        for encoding in column.encodings
        if encoding.startswith("DELTA")
    }
    repetitive = [c.path_in_schema for c in columns if c.has_dictionary_page]
    return {
        "compression": columns[0].compression.lower().replace("uncompressed", "none"),
        "use_dictionary": [name for name in repetitive if name not in deltas],
        "column_encoding": deltas or None,
    }
