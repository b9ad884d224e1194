"""The result of a batch file in each of its formats, written as a stream."""

import json
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from inference.batch.plan import Output
from inference.batch.scorer import PROBABILITY

ROWS_PER_GROUP = 500_000
NEEDS_CARE = r'[\x00-\x1f"\\]'
NULLS: Any = {"null_handling": "replace", "null_replacement": "null"}
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


class ResultWriter(Protocol):
    """Takes tables of answers in order."""

    def write(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


def open_result(output: Output, body: BinaryIO, schema: pa.Schema) -> ResultWriter:
    """A writer of results of that format and these columns, `id` first."""
    writers: dict[Output, Callable[[BinaryIO, pa.Schema], ResultWriter]] = {
        "csv": _delimited,
        "jsonl": JsonLines,
        "parquet": GroupedParquet,
    }
    return writers[output](body, schema)


def _delimited(body: BinaryIO, schema: pa.Schema) -> ResultWriter:
    writer: ResultWriter = csv.CSVWriter(pa.PythonFile(body, "wb"), schema)
    return writer


class GroupedParquet:
    """Parquet in row groups of half a million, however the tables come."""

    def __init__(self, body: BinaryIO, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(pa.PythonFile(body, "wb"), schema, compression="zstd")
        self._held: list[pa.Table] = []
        self._pending = 0

    def write(self, table: pa.Table) -> None:
        self._held.append(table)
        self._pending += table.num_rows
        if self._pending >= ROWS_PER_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held), row_group_size=ROWS_PER_GROUP)
            self._held, self._pending = [], 0


class JsonLines:
    """An object a row, in the form in which the API answers; `error` where there is no value."""

    def __init__(self, body: BinaryIO, schema: pa.Schema) -> None:
        self._body = body
        self._labels = [n for n in schema.names if n.startswith(PROBABILITY)]

    def write(self, table: pa.Table) -> None:
        for batch in table.to_batches():
            self._body.write(self._lines(batch))

    def close(self) -> None:
        """Nothing is held."""

    def _lines(self, batch: pa.RecordBatch) -> Any:  # noqa: ANN401 - bytes, or a buffer
        names, error = _spelled(batch["id"]), _spelled(batch["error"])
        pieces: list[Any] = ['{"id":', names, ',"value":', _spelled(batch["value"])]
        for number, label in enumerate(self._labels):
            opening = "," if number else ',"probabilities":{'
            spelled = json.dumps(label.removeprefix(PROBABILITY))
            pieces += [f"{opening}{spelled}:", _spelled(batch[label])]
        good = _joined(*pieces, "}}\n" if self._labels else "}\n")
        bad = _joined('{"id":', names, ',"value":null,"error":', error, "}\n")
        lines = pc.if_else(pc.is_valid(batch["error"]), bad, good)
        return memoryview(lines.buffers()[2])[: pc.sum(pc.binary_length(lines)).as_py() or 0]


def _joined(*pieces: Any) -> pa.Array:  # noqa: ANN401 - arrays and texts
    return pc.binary_join_element_wise(*pieces, "", **NULLS)


def _spelled(values: pa.Array) -> pa.Array:
    """Each value as JSON spells it; null stays null."""
    if not pa.types.is_string(values.type):
        return pc.cast(values, pa.string())
    if pc.any(pc.match_substring_regex(values, NEEDS_CARE)).as_py():
        return pa.array([None if t is None else json.dumps(t) for t in values.to_pylist()])
    return pc.binary_join_element_wise('"', values, '"', "")
