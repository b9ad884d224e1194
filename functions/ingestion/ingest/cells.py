"""What every format becomes: batches of text cells whose rows are numbered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from ingestion.ingest.stream import HashedStream
from tidemill.references import ROW

ROWS_PER_BATCH = 20_000


@dataclass(frozen=True)
class Fault:
    """Why a row is refused; `raw` is what stood there."""

    row: int
    column: str
    rule: str
    raw: str


@dataclass
class Cells:
    """A file being read: batches of the contract's columns as text, and `_row`, from 1.

    `columns` are all that the file has. `ragged` and `content`, the SHA-256 of the file's bytes,
    are complete after the last batch.
    """

    columns: list[str]
    _batches: Iterator[pa.RecordBatch]
    _stream: HashedStream
    ragged: list[Fault] = field(default_factory=list)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        with self._stream.blamed_on_the_file():
            yield from self._batches

    @property
    def content(self) -> str:
        return self._stream.digest()


def number_rows(batches: Iterable[pa.RecordBatch], ragged: list[Fault]) -> Iterator[pa.RecordBatch]:
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
