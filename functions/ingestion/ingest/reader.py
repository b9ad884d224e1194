"""Files as batches of text cells: one way in for every format, in constant memory."""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from tidemill.contract import Source
from tidemill.errors import EmptyFileError, UnreadableFileError, UnsupportedFormatError

BLOCK_BYTES = 4 << 20
HEADER_BYTES = 64 << 10
LINES_PER_BATCH = 20_000
DELIMITERS = (",", ";", "\t", "|")
ROW = "_row"


@dataclass(frozen=True)
class Fault:
    """Why a row is refused; `raw` is what stood there."""

    row: int
    column: str
    rule: str
    raw: str


@dataclass
class Cells:
    """A file being read: batches of text columns and `_row`, its number from 1.

    `ragged` and `content`, the SHA-256 of the file's bytes, are complete after the last batch.
    """

    columns: list[str]
    _batches: Iterator[pa.RecordBatch]
    _source: "HashedStream"
    ragged: list[Fault] = field(default_factory=list)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except (pa.ArrowInvalid, OSError, EOFError, zlib.error, UnicodeDecodeError) as fault:
            raise UnreadableFileError(_first_line(fault)) from fault

    @property
    def content(self) -> str:
        return self._source.digest()


class HashedStream(io.RawIOBase):
    """A stream that knows the SHA-256 of all that was read through it."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        chunk = self._body.read(len(buffer))
        self._hash.update(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def digest(self) -> str:
        while chunk := self._body.read(BLOCK_BYTES):
            self._hash.update(chunk)
        return self._hash.hexdigest()


def read_cells(body: BinaryIO, name: str, source: Source) -> Cells:
    """Open a drop by its name's ending; RejectedDropError where it cannot be read."""
    stem, packing = _split_packing(name.lower())
    ending = stem.rsplit(".", 1)[-1]
    hashed = HashedStream(body)
    try:
        unpacked = _unpack(io.BufferedReader(hashed, BLOCK_BYTES), packing)
        if ending in {"csv", "tsv"}:
            return _read_csv(unpacked, hashed, source)
        if ending == "jsonl":
            return _read_jsonl(unpacked, hashed)
        if ending == "parquet":
            return _read_parquet(unpacked, hashed)
    except (pa.ArrowInvalid, OSError, EOFError, zlib.error, UnicodeDecodeError) as fault:
        raise UnreadableFileError(_first_line(fault)) from fault
    raise UnsupportedFormatError(
        f"{ending!r} is no format Tidemill reads;"
        " use csv, tsv, jsonl or parquet, plain, .gz or .zst"
    )


def _split_packing(name: str) -> tuple[str, str | None]:
    for packing in ("gz", "zst"):
        if name.endswith(f".{packing}"):
            return name.removesuffix(f".{packing}"), packing
    return name, None


def _unpack(stream: io.BufferedReader, packing: str | None) -> io.BufferedIOBase:
    if packing == "gz":
        return io.BufferedReader(gzip.GzipFile(fileobj=stream), BLOCK_BYTES)
    if packing == "zst":
        return io.BufferedReader(pa.CompressedInputStream(stream, "zstd"), BLOCK_BYTES)
    return stream


def _read_csv(stream: Any, hashed: HashedStream, source: Source) -> Cells:  # noqa: ANN401
    head = stream.peek(HEADER_BYTES)[:HEADER_BYTES].removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise EmptyFileError("the file is empty")
    header = head.splitlines()[0].decode("utf-8")
    delimiter, columns = _columns(header, source)
    ragged: list[Fault] = []

    def refuse(row: csv.InvalidRow) -> str:
        rule = f"has {row.actual_columns} cells where the header has {row.expected_columns}"
        ragged.append(Fault(row.number - 1, "", rule, row.text))
        return "skip"

    reader = csv.open_csv(
        stream,
        read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
        ),
    )
    return Cells(columns, _number(reader, ragged), hashed, ragged)


def _columns(header: str, source: Source) -> tuple[str, list[str]]:
    """The delimiter under which the header names most of the contract's columns."""

    def named(delimiter: str) -> list[str]:
        table = csv.read_csv(
            io.BytesIO(header.encode() + b"\n"),
            parse_options=csv.ParseOptions(delimiter=delimiter),
        )
        return [str(name) for name in table.column_names]

    readings = {delimiter: named(delimiter) for delimiter in DELIMITERS}
    best = max(readings, key=lambda key: len(set(readings[key]) & set(source.columns)))
    columns = readings[best]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise UnreadableFileError(f"the header names {', '.join(twice)} more than once")
    return best, columns


def _number(batches: Any, ragged: list[Fault]) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
    """Give each row its number in the file, counting those that the parser skipped."""
    row = 0
    for batch in batches:
        skipped = {fault.row for fault in ragged if fault.row > row}
        numbers: list[int] = []
        while len(numbers) < batch.num_rows:
            row += 1
            if row not in skipped:
                numbers.append(row)
        yield batch.append_column(ROW, pa.array(numbers, pa.int64()))


def _read_jsonl(stream: io.BufferedIOBase, hashed: HashedStream) -> Cells:
    ragged: list[Fault] = []
    batches = _json_batches(stream, ragged)
    first = next(batches, None)
    if first is None:
        raise EmptyFileError("the file has no JSON object")
    return Cells(
        [name for name in first.column_names if name != ROW], _chain(first, batches), hashed, ragged
    )


def _json_batches(stream: io.BufferedIOBase, ragged: list[Fault]) -> Iterator[pa.RecordBatch]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raw = line.decode("utf-8", "replace")
            ragged.append(Fault(number, "", "is not a JSON object", raw))
            continue
        rows.append({name: _text(cell) for name, cell in document.items()} | {ROW: number})
        if len(rows) == LINES_PER_BATCH:
            yield _batch_of(rows)
            rows = []
    if rows:
        yield _batch_of(rows)


def _batch_of(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    names = list(dict.fromkeys(name for row in rows for name in row if name != ROW))
    arrays = [pa.array([row.get(name, "") for row in rows], pa.string()) for name in names]
    numbers = pa.array([row[ROW] for row in rows], pa.int64())
    return pa.RecordBatch.from_arrays([*arrays, numbers], names=[*names, ROW])


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell)


def _chain(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest


def _read_parquet(stream: io.BufferedIOBase, hashed: HashedStream) -> Cells:
    file = pq.ParquetFile(pa.BufferReader(stream.read()))
    if not file.metadata.num_rows:
        raise EmptyFileError("the file has no rows")
    names = file.schema_arrow.names

    def texts() -> Iterator[pa.RecordBatch]:
        for batch in file.iter_batches(batch_size=LINES_PER_BATCH):
            columns = [pc.fill_null(pc.cast(column, pa.string()), "") for column in batch.columns]
            yield pa.RecordBatch.from_arrays(columns, names=names)

    return Cells(list(names), _number(texts(), []), hashed)


def _first_line(fault: BaseException) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0]
