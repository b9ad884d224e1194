"""A dataset version's channels: Parquet files, uploaded one by one as they are full."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tidemill.references import ROW
from tidemill.store import Store

FILE_BYTES = 128 << 20
GROUP_BYTES = 16 << 20


class Channel:
    """Writes `part-00000.parquet` and so on under a prefix, about 128 MB of cells in each.

    The same batches make the same files, byte by byte. There is at least one, so that even a
    channel without rows has its columns.
    """

    def __init__(self, prefix: str, schema: pa.Schema, *, folder: Path, store: Store) -> None:
        """`folder` holds the file that is being written, and no other."""
        self.prefix = prefix
        self.rows = 0
        self._schema = schema
        self._store = store
        self._path = folder / "part.parquet"
        self._files = 0
        self._bytes = 0
        self._waiting: list[pa.RecordBatch] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        self.rows += batch.num_rows
        self._bytes += batch.nbytes
        self._waiting.append(batch)
        if self._bytes >= FILE_BYTES:
            self._finish()
        elif sum(waiting.nbytes for waiting in self._waiting) >= GROUP_BYTES:
            self._write()

    def close(self) -> None:
        """Upload what is left."""
        if self._bytes or not self._files:
            self._finish()

    def _write(self) -> None:
        """What waits, as one row group."""
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._open().write_table(table, row_group_size=table.num_rows)
        self._waiting = []

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            texts = [f.name for f in self._schema if pa.types.is_string(f.type) and f.name != ROW]
            self._writer = pq.ParquetWriter(
                self._path,
                self._schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=texts,
                column_encoding={ROW: "DELTA_BYTE_ARRAY"},
            )
        return self._writer

    def _finish(self) -> None:
        if self._waiting:
            self._write()
        self._open().close()
        self._store.upload(str(self._path), f"{self.prefix}part-{self._files:05}.parquet")
        self._path.unlink()
        self._writer, self._files, self._bytes = None, self._files + 1, 0
