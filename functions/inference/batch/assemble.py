"""The one result of a batch file, from the answers of its ranges, in the file's order."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inference.batch.plan import BatchPlan
from inference.batch.result import MEDIA, open_result
from tidemill.batches import Scored
from tidemill.store import ObjectFile, Store

ROWS_AT_ONCE = 100_000
READ_BYTES = 1 << 20


def assemble(plan: BatchPlan, parts: Sequence[Scored], store: Store) -> None:
    """Write the result, part after part and never held as a whole; equal answers, equal bytes."""
    metadata = {"model": plan.model, "batch": plan.batch_id}
    with store.create(plan.result_uri, MEDIA[plan.output], metadata) as body:
        writer = None
        for batch in _answers(plan, parts, store):
            writer = writer or open_result(plan.output, body, batch.schema)
            writer.write(batch)
        if writer:
            writer.close()


def _answers(plan: BatchPlan, parts: Sequence[Scored], store: Store) -> Iterator[pa.Table]:
    first = 0
    for number, part in enumerate(parts):
        file = pa.PythonFile(ObjectFile(store, plan.part_uri(number)), "rb")
        for batch in pq.ParquetFile(file, buffer_size=READ_BYTES).iter_batches(ROWS_AT_ONCE):
            yield _named(pa.Table.from_batches([batch]), first)
        first += part.read


def _named(table: pa.Table, first: int) -> pa.Table:
    """The table with an `id`: what named its rows, or their numbers in the whole file."""
    if "id" in table.schema.names:
        return table
    numbers = pc.cast(pc.add(table["row"], first), pa.string())
    return table.drop_columns(["row"]).add_column(0, "id", numbers)
