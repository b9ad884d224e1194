"""One range of a batch file: its rows scored on every core, and put where they are found again."""

import time
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from inference.batch.captured import Sample
from inference.batch.plan import BatchPlan
from inference.batch.scorer import Scorer, Stretch, schema_of
from inference.batch.tools import Tools
from tidemill.batches import Scored
from tidemill_tabular.reading.line import FileReader

ROWS_PER_GROUP = 100_000
PARQUET = "application/vnd.apache.parquet"


def score_part(plan: BatchPlan, number: int, tools: Tools) -> Scored:
    """Score one range, store its answers in order and capture some; again, it changes nothing.

    UnreadableFileError where the bytes are not what the layout says.
    """
    begun = time.perf_counter()
    artifact = tools.model(plan.model)
    scorer = Scorer(artifact, plan, _key(plan, tools))
    reader = FileReader(plan, plan.wanted, tools.store)
    schema = schema_of(artifact, named=plan.identifier is not None)
    with tools.store.create(plan.part_uri(number), PARQUET, {}) as body:
        part = PartWriter(body, schema)
        sample = Sample(plan, number, artifact.signature.rules.capture)

        def take(stretch: Stretch) -> None:
            part.add(stretch)
            sample.add(stretch)

        reader.work_off(number, scorer.score, take)
        part.finish()
    sample.write(tools.store, tools.captures)
    spent = tools.meter.gb_seconds(time.perf_counter() - begun)
    return part.scored.model_copy(update={"gb_seconds": spent})


def _key(plan: BatchPlan, tools: Tools) -> bytes:
    """What makes pseudonyms of the rows' names, where they are to be hidden."""
    if plan.identifier is None or plan.identifier.key is None:
        return b""
    return tools.keys.key(plan.pipeline, plan.identifier.key)


class PartWriter:
    """Collects the answers of stretches, in order; rows without a name are numbered from 1."""

    def __init__(self, body: BinaryIO, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(pa.PythonFile(body, "wb"), schema, compression="zstd")
        self._held: list[pa.Table] = []
        self._pending = 0
        self.scored = Scored()

    def add(self, stretch: Stretch) -> None:
        """Append the stretch that follows."""
        table = stretch.table
        if "row" in self._schema.names:
            first = self.scored.read + 1
            rows = pa.array(range(first, first + table.num_rows), pa.int64())
            table = table.add_column(0, "row", rows)
        self.scored = self.scored + stretch.scored
        self._held.append(table)
        self._pending += table.num_rows
        if self._pending >= ROWS_PER_GROUP:
            self._flush()

    def finish(self) -> None:
        """Write what is left, and the file's end."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held).cast(self._schema))
            self._held, self._pending = [], 0
