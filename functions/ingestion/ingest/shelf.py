"""The files that a range becomes: accepted rows, quarantine, keys."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.ingest.checking.judge import schema
from ingestion.ingest.checking.rules import Rules
from tidemill.records import Part
from tidemill.store import Store
from tidemill_tabular.reading.cells import FAULTS

ROWS_PER_GROUP = 250_000
HELD_BYTES = 128 << 20  # of wide rows or long texts, fewer are held
ROWS_PER_RUN = 1_000_000
KEYS = pa.schema(
    [
        ("high", pa.uint64()),
        ("low", pa.uint64()),
        ("whole", pa.uint64()),
        ("row", pa.int64()),
        ("column", pa.string()),
    ]
)


class Shelf:
    """Collects tables into Parquet files of a folder, in groups of rows worth compressing."""

    def __init__(self, folder: str, rules: Rules) -> None:
        repetitive = [n for n, c in rules.source.columns.items() if c.type in {"category", "bool"}]
        self.accepted = ParquetFile(f"{folder}/accepted.parquet", schema(rules), repetitive)
        self.quarantine = ParquetFile(f"{folder}/quarantine.parquet", FAULTS, ["column", "rule"])
        self.keys = ParquetFile(f"{folder}/keys.parquet", KEYS, ["column"], sort_by="high")

    def put(self, good: pa.Table, faults: pa.Table, keys: pa.Table | None) -> None:
        """Add tables to their files."""
        self.accepted.add(good)
        self.quarantine.add(faults)
        if keys is not None:
            self.keys.add(keys)

    def publish(self, base: str, store: Store) -> dict[str, Any]:
        """Upload the files that have rows; an outcome's fields that say where."""
        uris: dict[str, Any] = {}
        if rows := self.accepted.rows:
            uris["part"] = Part(uri=f"{base}.accepted.parquet", rows=rows)
            self.accepted.publish(uris["part"].uri, store)
        if self.quarantine.rows:
            uris["quarantine_uri"] = f"{base}.quarantine.parquet"
            self.quarantine.publish(uris["quarantine_uri"], store)
        if self.keys.rows:
            uris["keys_uri"] = f"{base}.keys.parquet"
            self.keys.publish(uris["keys_uri"], store)
        return uris


class ParquetFile:
    """A local Parquet file that grows; it is made when the first rows come."""

    def __init__(
        self, path: str, schema: pa.Schema, repetitive: list[str], sort_by: str | None = None
    ) -> None:
        self._path, self._schema, self._sort_by = path, schema, sort_by
        # Small groups of long sorted runs are found by their statistics.
        self._run = ROWS_PER_RUN if sort_by else ROWS_PER_GROUP
        self._group = ROWS_PER_RUN // 32 if sort_by else ROWS_PER_GROUP * 2
        names = set(schema.names)
        self._options: dict[str, Any] = {
            "compression": "zstd",
            "compression_level": 1,
            "write_statistics": [sort_by] if sort_by else False,
            "use_dictionary": [name for name in repetitive if name in names],
        }
        self._held: list[pa.Table] = []
        self._pending = self._bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        """Append rows of the file's schema."""
        if table.num_rows:
            self._held.append(table.select(self._schema.names))
            self._pending += table.num_rows
            self._bytes += self._held[-1].nbytes
            self.rows += table.num_rows
        if self._pending >= self._run or self._bytes >= HELD_BYTES:
            self._flush()

    def publish(self, uri: str, store: Store) -> None:
        """Finish the file and upload it, if it has rows."""
        if path := self.finish():
            store.upload(path, uri)

    def finish(self) -> str | None:
        """Write what is left; the path, None where no row came."""
        self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return self._path

    def _flush(self) -> None:
        if not self._held:
            return
        table = pa.concat_tables(self._held)
        if self._sort_by:
            table = table.sort_by(self._sort_by)
        self._writer = self._writer or pq.ParquetWriter(self._path, self._schema, **self._options)
        self._writer.write_table(table, row_group_size=self._group)
        self._held, self._pending, self._bytes = [], 0, 0
