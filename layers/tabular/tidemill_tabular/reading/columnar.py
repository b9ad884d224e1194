"""Parquet: typed cells as the texts that the contract's rules are written for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemill.errors import EmptyFileError, UnreadableFileError
from tidemill.store import ObjectFile, Store
from tidemill_tabular.reading.cells import Cells
from tidemill_tabular.reading.stream import HashedStream, blamed, unpack

ROWS_PER_BATCH = 30_000
READ_BYTES = 1 << 20
ROWS_PER_BYTE = 200
ALWAYS_ALLOWED = 10_000_000
SHORT, EXACT = 1e10, 2.0**53


class WatchedFile(ObjectFile):
    """An object as a file that knows whether a read of it failed on the way."""

    broke = False

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        try:
            return super().readinto(buffer)
        except Exception:
            self.broke = True
            raise


@dataclass(frozen=True)
class Columnar:
    """A Parquet file that was opened, and nothing of its rows read yet."""

    file: pq.ParquetFile
    size: int
    body: Any

    @classmethod
    @contextmanager
    def open(
        cls, store: Store, uri: str, version: str | None = None, packing: str | None = None
    ) -> Iterator["Columnar"]:
        """UnreadableFileError where it is no Parquet, EmptyFileError where it has no rows.

        A packed one is unpacked to disk first: the end of a Parquet file tells where the rest is.
        """
        with _opened(store, uri, version, packing) as body:
            with _blamed_on(body):
                file = pq.ParquetFile(pa.PythonFile(body, "rb"), buffer_size=READ_BYTES)
            rows, size = file.metadata.num_rows, store.size(uri, version)
            if not rows:
                raise EmptyFileError("the file has no rows")
            if rows > max(ALWAYS_ALLOWED, ROWS_PER_BYTE * size):
                raise UnreadableFileError(f"it claims {rows} rows in {size} bytes")
            yield cls(file, size, body)

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
        for batch in blamed(batches, partial(_blamed_on, self.body)):
            arrays = [_texts(batch.column(name), name) for name in wanted]
            texts = pa.RecordBatch.from_arrays(arrays, names=wanted)
            yield Cells(texts, np.arange(batch.num_rows), batch.num_rows)


@contextmanager
def _opened(
    store: Store, uri: str, version: str | None, packing: str | None
) -> Iterator[WatchedFile | IO[bytes]]:
    """The file, from the store or unpacked to disk."""
    if packing is None:
        yield WatchedFile(store, uri, version)
        return
    with store.open(uri, version) as packed, TemporaryFile() as body:
        hashed = HashedStream(packed)
        stream = unpack(hashed, packing)
        for chunk in blamed(iter(partial(stream.read, READ_BYTES), b""), hashed.blamed_on_the_file):
            body.write(chunk)
        yield body


@contextmanager
def _blamed_on(body: WatchedFile | IO[bytes]) -> Iterator[None]:
    """UnreadableFileError where the bytes are at fault; a failed transfer stays what it is."""
    try:
        yield
    except (pa.ArrowException, OSError) as fault:
        if getattr(body, "broke", False):
            raise
        raise UnreadableFileError(str(fault).splitlines()[0]) from fault


def _first_byte(group: pq.RowGroupMetaData) -> int:
    columns = [group.column(number) for number in range(group.num_columns)]
    return min(int(c.dictionary_page_offset or c.data_page_offset) for c in columns)


def _texts(values: pa.Array, name: str) -> pa.Array:
    kind = values.type
    try:
        if pa.types.is_floating(kind):
            texts = _decimals(pc.cast(values, pa.float64()), pc.cast(values, pa.string()))
        elif pa.types.is_timestamp(kind):
            # In UTC whatever its zone, so that no list of zones is looked for.
            universal = pc.cast(pc.cast(values, pa.int64()), pa.timestamp(kind.unit))
            texts = pc.cast(universal, pa.string())
        else:
            texts = pc.cast(values, pa.string())
    except pa.ArrowException as fault:
        raise UnreadableFileError(f"{name} holds {kind}, which is no cell") from fault
    return pc.fill_null(texts, "")


def _decimals(values: pa.Array, texts: pa.Array) -> pa.Array:
    """The texts of numbers: null for what is none, and all digits of the whole ones it holds.

    Arrow writes 12345678901.0 as 1.2345678901e+10, which would be no `int` and another `id`.
    """
    texts = pc.if_else(pc.is_nan(values), pa.scalar(None, pa.string()), texts)
    size = pc.abs(values)
    long = pc.and_(pc.greater_equal(size, SHORT), pc.less_equal(size, EXACT))
    long = pc.fill_null(pc.and_(long, pc.equal(values, pc.trunc(values))), False)
    if not pc.any(long).as_py():
        return texts
    whole = pc.cast(values.filter(long), pa.int64())
    return pc.replace_with_mask(texts, long, pc.cast(whole, pa.string()))
