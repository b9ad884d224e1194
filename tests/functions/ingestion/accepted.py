"""Accepted drops, put into the store as ingestion leaves them, without reading a file."""

import io
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.freeze.join import Joined, join_sources
from ingestion.freeze.parts import schema_of
from tidemill.contract import Contract
from tidemill.profile import Profile
from tidemill.records import DropRecord, Part, Rows
from tidemill.references import ROW
from tidemill.store import InMemoryStore


@dataclass
class Accepted:
    """The drops of a pipeline, in the order they landed."""

    contract: Contract
    store: InMemoryStore = field(default_factory=InMemoryStore)
    drops: list[DropRecord] = field(default_factory=list)

    def add(
        self, rows: dict[str, list[Any]], source: str = "rows", *, part_rows: int = 1_000_000
    ) -> DropRecord:
        """Store rows as a drop of a source, in parts of so many rows."""
        table = pa.table(rows, schema_of(self.contract, source))
        content = sha256(f"{source}{rows}".encode()).hexdigest()
        drop_id = f"{len(self.drops):016x}"
        base = f"s3://data/drops/{drop_id}"
        self.store.write(
            f"{base}/profile.json", Profile(rows=len(table)).model_dump_json().encode()
        )
        drop = DropRecord(
            drop_id=drop_id,
            pipeline=self.contract.pipeline,
            source=source,
            uri=f"s3://landing/{drop_id}",
            version_id="1",
            etag="e",
            sequencer="1",
            size=1,
            landed_at=f"2026-11-01T00:{len(self.drops):02}:00Z",
            recorded_at="2026-11-01T01:00:00Z",
            state="accepted",
            rows=Rows(read=len(table), accepted=len(table)),
            content=content,
            rules=self.contract.rules(source),
            parts=tuple(
                self._part(table.slice(first, part_rows), f"{base}/{first}.parquet", first)
                for first in range(0, len(table), part_rows)
            ),
            profile_uri=f"{base}/profile.json",
        )
        self.drops.append(drop)
        return drop

    def joined(self) -> Joined:
        return join_sources(self.contract, self.drops, self.store)

    def table(self) -> pa.Table:
        """All rows, joined."""
        joined = self.joined()
        return pa.Table.from_batches(joined.batches(), joined.schema)

    def _part(self, table: pa.Table, uri: str, first: int) -> Part:
        numbers = pa.array(range(1, len(table) + 1), pa.int64())
        body = io.BytesIO()
        pq.write_table(table.append_column(ROW, numbers), body)
        self.store.write(uri, body.getvalue())
        return Part(uri=uri, rows=len(table), first_row=first)
