"""Parquet: typed cells as the texts that the contract's rules are written for."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.ingest.cells import ROWS_PER_BATCH, Cells, number_rows
from ingestion.ingest.stream import HashedStream
from tidemill.contract import Source
from tidemill.errors import EmptyFileError, UnreadableFileError


def read_columnar(stream: io.BufferedReader, hashed: HashedStream, source: Source) -> Cells:
    """Open a Parquet file, whole in memory; EmptyFileError where it has no rows."""
    file = pq.ParquetFile(pa.BufferReader(stream.read()))
    if not file.metadata.num_rows:
        raise EmptyFileError("the file has no rows")
    columns = list(file.schema_arrow.names)
    wanted = [name for name in source.columns if name in columns]
    twice = [name for name in wanted if columns.count(name) > 1]
    if twice:
        raise UnreadableFileError(f"the file has {', '.join(twice)} more than once")

    def texts() -> Iterator[pa.RecordBatch]:
        for batch in file.iter_batches(batch_size=ROWS_PER_BATCH, columns=wanted):
            cells = [pc.fill_null(pc.cast(batch.column(n), pa.string()), "") for n in wanted]
            yield pa.RecordBatch.from_arrays(cells, names=wanted)

    return Cells(columns, number_rows(texts(), []), hashed)
