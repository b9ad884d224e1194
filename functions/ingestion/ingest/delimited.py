"""CSV and its kin: any of four delimiters, columns bound by the header's names."""

import io
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv

from ingestion.ingest.cells import Cells, Fault, number_rows
from ingestion.ingest.stream import BLOCK_BYTES, HashedStream, QuoteCounter
from tidemill.contract import Source
from tidemill.errors import EmptyFileError, UnreadableFileError

HEADER_BYTES = 64 << 10
DELIMITERS = (",", ";", "\t", "|")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_delimited(stream: io.BufferedReader, hashed: HashedStream, source: Source) -> Cells:
    """Open a CSV file; EmptyFileError or UnreadableFileError where there is nothing to open."""
    delimiter, columns = _columns(_header(stream), source)
    wanted = [name for name in source.columns if name in columns]
    twice = [name for name in wanted if columns.count(name) > 1]
    if twice:
        raise UnreadableFileError(f"the header names {', '.join(twice)} more than once")
    ragged: list[Fault] = []

    def refuse(row: csv.InvalidRow) -> str:
        rule = f"has {row.actual_columns} cells where the header has {row.expected_columns}"
        ragged.append(Fault(row.number - 1, "", rule, row.text))
        return "skip"

    counter = QuoteCounter(stream)
    reader = csv.open_csv(
        counter,
        read_options=csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        parse_options=csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
        ),
        convert_options=csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=False,
        ),
    )
    batches = _closed_quotes(number_rows(reader, ragged), ragged, counter)
    return Cells(columns, batches, hashed, ragged)


def _header(stream: io.BufferedReader) -> bytes:
    head = stream.peek(HEADER_BYTES).removeprefix(BYTE_ORDER_MARK)
    if not head.strip():
        raise EmptyFileError("the file is empty")
    header, *rest = head.lstrip(b"\r\n").splitlines(keepends=True)
    if not b"".join(rest).strip() and len(head) < HEADER_BYTES:
        raise EmptyFileError("the file has a header and no rows")
    return header.strip(b"\r\n")


def _columns(header: bytes, source: Source) -> tuple[str, list[str]]:
    """The delimiter under which the header names most of the contract's columns, or most at all."""

    def named(delimiter: str) -> list[str]:
        table = csv.read_csv(
            io.BytesIO(header + b"\n"), parse_options=csv.ParseOptions(delimiter=delimiter)
        )
        return [str(name) for name in table.column_names]

    readings = {delimiter: named(delimiter) for delimiter in DELIMITERS}

    def known(delimiter: str) -> tuple[int, int]:
        names = readings[delimiter]
        return len(set(names) & set(source.columns)), len(names)

    best = max(readings, key=known)
    return best, readings[best]


def _closed_quotes(
    batches: Iterator[pa.RecordBatch], ragged: list[Fault], counter: QuoteCounter
) -> Iterator[pa.RecordBatch]:
    """The same batches; UnreadableFileError where the last row swallowed what follows a quote."""
    last = None
    for batch in batches:
        last = batch.slice(batch.num_rows - 1) if batch.num_rows else last
        yield batch
    if counter.quotes % 2 == 0:
        return
    cells = [fault.raw for fault in ragged[-1:]]
    if last is not None:
        cells += [str(cell) for row in last.to_pylist() for cell in row.values()]
    if any("\n" in cell for cell in cells):
        raise UnreadableFileError("a quote is opened and never closed: rows are lost behind it")
