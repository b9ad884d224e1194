"""JSON lines: one object a line, its members the cells."""

import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pyarrow as pa

from ingestion.ingest.cells import ROWS_PER_BATCH, Cells, Fault
from ingestion.ingest.stream import HashedStream
from tidemill.contract import Source
from tidemill.errors import EmptyFileError
from tidemill.references import ROW


def read_documents(stream: io.BufferedReader, hashed: HashedStream, source: Source) -> Cells:
    """Open a JSON lines file; EmptyFileError where no line is an object.

    A column that no object of the first lines has is not in the file; where later lines lack it,
    its cells are missing.
    """
    ragged: list[Fault] = []
    chunks = _chunks(stream, ragged)
    first = next(chunks, None)
    if first is None:
        raise EmptyFileError("the file has no JSON object")
    columns = list(dict.fromkeys(name for _, row in first for name in row))
    batches = (_batch(chunk, source) for chunk in chain([first], chunks))
    return Cells(columns, batches, hashed, ragged)


def _chunks(
    stream: io.BufferedReader, ragged: list[Fault]
) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Numbered objects, many at a time; what is no object goes to `ragged`."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        document = _document(line)
        if document is None:
            ragged.append(
                Fault(number, "", "is not a JSON object", line.decode("utf-8", "replace"))
            )
            continue
        rows.append((number, document))
        if len(rows) == ROWS_PER_BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


def _document(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _batch(rows: list[tuple[int, dict[str, Any]]], source: Source) -> pa.RecordBatch:
    arrays = [
        pa.array([_text(row.get(name)) for _, row in rows], pa.string()) for name in source.columns
    ]
    numbers = pa.array([number for number, _ in rows], pa.int64())
    return pa.RecordBatch.from_arrays([*arrays, numbers], names=[*source.columns, ROW])


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell)
