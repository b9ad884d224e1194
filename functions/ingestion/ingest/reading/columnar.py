"""Parquet: typed cells as the texts that the contract's rules are written for."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.ingest.reading.cells import Cells
from ingestion.ingest.reading.stream import HashedStream, unpack
from tidemill.errors import EmptyFileError, UnreadableFileError
from tidemill.store import Store

ROWS_PER_BATCH = 30_000
READ_BYTES = 1 << 20
ROWS_PER_BYTE = 200
ALWAYS_ALLOWED = 10_000_000


class RangedFile(io.RawIOBase):
    """Bytes that are fetched from here to there, as a file."""

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        self._fetch_bytes, self._size = fetch, size
        self._at = 0
        self._broke = False

    @classmethod
    def of_object(cls, store: Store, uri: str, version: str | None = None) -> "RangedFile":
        """An object of the store."""

        def fetch(start: int, end: int) -> bytes:
            with store.open(uri, version, span=(start, end)) as body:
                return body.read()

        return cls(fetch, store.size(uri, version))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        chunk = self._fetch(min(self._at + len(buffer), self._size))
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)

    @contextmanager
    def blamed_on_the_file(self) -> Iterator[None]:
        """UnreadableFileError where the bytes are at fault; a failed transfer stays what it is."""
        try:
            yield
        except (pa.ArrowException, OSError) as fault:
            if self._broke:
                raise
            raise UnreadableFileError(str(fault).splitlines()[0]) from fault

    def _fetch(self, end: int) -> bytes:
        try:
            return self._fetch_bytes(self._at, end)
        except Exception:
            self._broke = True
            raise


@dataclass(frozen=True)
class Columnar:
    """A Parquet file that was opened, and nothing of its rows read yet."""

    file: pq.ParquetFile
    size: int

    @classmethod
    @contextmanager
    def open(
        cls, store: Store, uri: str, version: str | None = None, packing: str | None = None
    ) -> Iterator["Columnar"]:
        """UnreadableFileError where it is no Parquet, EmptyFileError where it has no rows.

        A packed one is unpacked to disk first: the end of a Parquet file tells where the rest is.
        """
        with _opened(store, uri, version, packing) as body, body.blamed_on_the_file():
            file = pq.ParquetFile(pa.PythonFile(body, "rb"), buffer_size=READ_BYTES)
            rows, size = file.metadata.num_rows, store.size(uri, version)
            if not rows:
                raise EmptyFileError("the file has no rows")
            if rows > max(ALWAYS_ALLOWED, ROWS_PER_BYTE * size):
                raise UnreadableFileError(f"it claims {rows} rows in {size} bytes")
            yield cls(file, size)

    @property
    def columns(self) -> list[str]:
        return list(self.file.schema_arrow.names)

    def group_starts(self) -> list[int]:
        """Where the bytes of each row group begin."""
        metadata = self.file.metadata
        groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
        return [_first_byte(group) for group in groups]

    def read(self, groups: tuple[int, int], wanted: list[str]) -> Iterator[Cells]:
        """The rows of row groups as cells, missing where null or not a number."""
        batches = self.file.iter_batches(
            ROWS_PER_BATCH, row_groups=list(range(*groups)), columns=wanted
        )
        for batch in batches:
            arrays = [_texts(batch.column(name), name) for name in wanted]
            texts = pa.RecordBatch.from_arrays(arrays, names=wanted)
            yield Cells(texts, np.arange(batch.num_rows), batch.num_rows)


@contextmanager
def _opened(
    store: Store, uri: str, version: str | None, packing: str | None
) -> Iterator[RangedFile]:
    """The file, from the store or unpacked to disk."""
    if packing is None:
        yield RangedFile.of_object(store, uri, version)
        return
    with store.open(uri, version) as packed, TemporaryFile() as body:
        hashed = HashedStream(packed)
        with hashed.blamed_on_the_file():
            shutil.copyfileobj(unpack(hashed, packing), body, READ_BYTES)

        def fetch(start: int, end: int) -> bytes:
            body.seek(start)
            return body.read(end - start)

        yield RangedFile(fetch, body.seek(0, io.SEEK_END))


def _first_byte(group: pq.RowGroupMetaData) -> int:
    columns = [group.column(number) for number in range(group.num_columns)]
    return min(int(c.dictionary_page_offset or c.data_page_offset) for c in columns)


def _texts(values: pa.Array, name: str) -> pa.Array:
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    try:
        return pc.fill_null(pc.cast(values, pa.string()), "")
    except pa.ArrowException as fault:
        raise UnreadableFileError(f"{name} holds {values.type}, which is no cell") from fault
