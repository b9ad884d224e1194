"""Good rows to one Parquet file, bad ones to another, and a profile of the good."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.ingest.cells import Fault
from ingestion.ingest.checker import ARROW_TYPES, check
from ingestion.ingest.measure import measure
from tidemill.contract import Source
from tidemill.profile import Profile
from tidemill.records import Part, Rows
from tidemill.references import ROW
from tidemill.store import Store

QUARANTINE = pa.schema(
    [("row", pa.int64()), ("column", pa.string()), ("rule", pa.string()), ("raw", pa.string())]
)


class Sorter:
    """Sorts batches of text cells into `accepted.parquet` and `quarantine.parquet` of a folder."""

    def __init__(self, source: Source, folder: str) -> None:
        fields = [(name, ARROW_TYPES[c.type]) for name, c in source.columns.items()]
        self._schema = pa.schema([*fields, (ROW, pa.int64())])
        self._source = source
        self._paths = {part: f"{folder}/{part}.parquet" for part in ("accepted", "quarantine")}
        self._accepted = _writer(self._paths["accepted"], self._schema)
        self._quarantine = _writer(self._paths["quarantine"], QUARANTINE)
        self._broken: Counter[str] = Counter()
        self._profile = Profile()
        self.rows = Rows()

    def add(self, batch: pa.RecordBatch) -> None:
        """Check every row of a batch and put it where it belongs."""
        numbers = batch.column(ROW)
        bad = pa.array([False] * batch.num_rows)
        faults: list[Fault] = []
        arrays = []
        for name, column in self._source.columns.items():
            cells = batch.column(name)
            checked = check(cells, column)
            arrays.append(checked.values)
            for mask, rule in checked.broken:
                bad = pc.or_(bad, mask)
                rows, raws = numbers.filter(mask).to_pylist(), cells.filter(mask).to_pylist()
                hits = zip(rows, raws, strict=True)
                faults += [Fault(row, name, rule, raw) for row, raw in hits]
        typed = pa.RecordBatch.from_arrays([*arrays, numbers], schema=self._schema)
        good = typed.filter(pc.invert(bad))
        self._accepted.write_batch(good)
        self._profile = self._profile.merge(measure(good, self._source))
        self._note(faults)
        self._count(good.num_rows, batch.num_rows - good.num_rows)

    def refuse(self, fault: Fault) -> None:
        """Quarantine a row that is no row of the table at all."""
        self._note([fault])
        self._count(0, 1)

    def close(self) -> None:
        self._accepted.close()
        self._quarantine.close()

    def examples(self) -> list[str]:
        """The broken rules, the most frequent first, each with its number of cells."""
        return [f"{rule}: {count} cells" for rule, count in self._broken.most_common()]

    def publish(self, store: Store, base: str, *, accepted: bool) -> dict[str, Any]:
        """Upload what there is; the record's fields that say where."""
        uris: dict[str, Any] = {}
        if accepted:
            part = Part(uri=f"{base}/accepted/part-00000.parquet", rows=self.rows.accepted)
            store.upload(self._paths["accepted"], part.uri)
            uris["parts"] = (part,)
        if self.rows.quarantined:
            uris["quarantine_uri"] = f"{base}/quarantine.parquet"
            store.upload(self._paths["quarantine"], uris["quarantine_uri"])
        uris["profile_uri"] = f"{base}/profile.json"
        body = self._profile.model_dump_json().encode()
        store.write(uris["profile_uri"], body, "application/json")
        return uris

    def _note(self, faults: list[Fault]) -> None:
        if not faults:
            return
        columns = zip(*((f.row, f.column, f.rule, f.raw) for f in faults), strict=True)
        self._quarantine.write_table(pa.table([list(c) for c in columns], schema=QUARANTINE))
        self._broken.update(f"{f.column or 'row'} {f.rule}" for f in faults)

    def _count(self, accepted: int, quarantined: int) -> None:
        self.rows = Rows(
            read=self.rows.read + accepted + quarantined,
            accepted=self.rows.accepted + accepted,
            quarantined=self.rows.quarantined + quarantined,
        )


def _writer(path: str, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd")
