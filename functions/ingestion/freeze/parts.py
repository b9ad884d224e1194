"""A source's accepted rows, read from the store batch by batch, whatever their number."""

import io
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemill.contract import Contract
from tidemill.records import DropRecord, Part
from tidemill.references import ROW
from tidemill.store import ObjectFile, Store

CELLS = 1 << 21
MOST_ROWS = 65_536
BATCH_BYTES = 32 << 20
WINDOW = 32 << 20
TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.string(),
    "text": pa.string(),
    "id": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
PSEUDONYM = pa.binary(16)


def schema_of(contract: Contract, source: str) -> pa.Schema:
    """The columns of a source's accepted rows."""
    hidden = contract.privacy.pseudonymise
    columns = contract.readable(source).columns.items()
    return pa.schema([(n, PSEUDONYM if n in hidden else TYPES[c.type]) for n, c in columns])


class SourceRows:
    """The accepted rows of some drops of one source, in the order of the drops."""

    def __init__(self, drops: Iterable[DropRecord], schema: pa.Schema, store: Store) -> None:
        self.schema = schema
        self._drops = list(drops)
        self._store = store

    def batches(
        self, columns: Sequence[str] | None = None, *, numbered: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """Every row's `columns`, all by default; `numbered` adds `_row`, `<drop>:<row number>`.

        A batch holds up to two million cells and about 32 MB, so that wide tables and long texts
        take no more memory than many rows.
        """
        names = list(self.schema.names if columns is None else columns)
        schema = pa.schema([self.schema.field(name) for name in names])
        size = max(1, min(MOST_ROWS, CELLS // max(1, len(names))))
        for drop in self._drops:
            for part in sorted(drop.parts, key=lambda part: part.first_row):
                read = [*names, ROW] if numbered else names
                for batch in _read(self._store, part, read, size):
                    cells = [pc.cast(batch.column(name), schema.field(name).type) for name in names]
                    found = pa.RecordBatch.from_arrays(cells, schema=schema)
                    yield _number(found, batch, drop, part) if numbered else found


def _read(store: Store, part: Part, columns: list[str], size: int) -> Iterator[pa.RecordBatch]:
    """A part's rows, as far as they are needed, through a window that moves over the object."""
    with io.BufferedReader(ObjectFile(store, part.uri), WINDOW) as body:
        file = pq.ParquetFile(body, pre_buffer=False)
        groups = [file.metadata.row_group(n) for n in range(file.num_row_groups)]
        widest = max((g.total_byte_size // max(1, g.num_rows) for g in groups), default=0)
        fitting = max(1, min(size, BATCH_BYTES // max(1, widest)))
        yield from file.iter_batches(fitting, columns=columns, use_threads=False)


def _number(
    found: pa.RecordBatch, batch: pa.RecordBatch, drop: DropRecord, part: Part
) -> pa.RecordBatch:
    number = pc.cast(pc.add(batch.column(ROW), part.first_row), pa.string())
    row = pc.binary_join_element_wise(drop.drop_id, number, ":")
    return found.append_column(ROW, row)
