"""Quarantine: faults of rows, of which few say whose they are."""

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.forget.subject import Subject

COLUMNS = frozenset({"row", "column", "rule", "raw"})
BETWEEN_CELLS = re.compile(r"[,;\t|]")
OWNER = "subject"


def is_quarantine(names: Sequence[str]) -> bool:
    """Whether a file of these columns holds faults."""
    return set(names) >= COLUMNS and len(names) <= len(COLUMNS) + 1


def read_quarantine(file: pq.ParquetFile, subject: Subject) -> tuple[set[int], int]:
    """The numbers of the person's rows, and how many faults are of rows that name nobody.

    A row is the person's if a fault of it holds their token in the column `subject`, where there is
    one, or their value as the raw cell that names people, or as a piece of a raw row.
    """
    theirs: set[int] = set()
    named: set[int] = set()
    faults: list[int] = []
    for table in _groups(file):
        numbers = table.column("row").to_pylist()
        faults += numbers
        for row, (is_known, is_them) in zip(numbers, _owners(table, subject), strict=True):
            named.update([row] if is_known or is_them else ())
            theirs.update([row] if is_them else ())
    return theirs, sum(row not in named for row in faults)


def _groups(file: pq.ParquetFile) -> Iterator[pa.Table]:
    names = [name for name in file.schema_arrow.names if name != "rule"]
    for group in range(file.num_row_groups):
        yield file.read_row_group(group, columns=names)


def _owners(table: pa.Table, subject: Subject) -> Iterator[tuple[bool, bool]]:
    """For each fault, whether it says whose row it is of, and whether it is the person's."""
    columns, raws = table.column("column").to_pylist(), table.column("raw").to_pylist()
    tokens: list[bytes | None] = [None] * table.num_rows
    if OWNER in table.column_names:
        tokens = table.column(OWNER).to_pylist()
    for column, raw, token in zip(columns, raws, tokens, strict=True):
        if token is not None:
            yield True, token in subject.tokens
        elif column == subject.column and raw:
            yield True, subject.is_named(raw)
        else:
            yield False, column == "" and _is_in_row(raw or "", subject)


def _is_in_row(raw: str, subject: Subject) -> bool:
    pieces = (piece.strip().strip("\"'") for piece in BETWEEN_CELLS.split(raw))
    return any(subject.is_named(piece) for piece in pieces if piece)
