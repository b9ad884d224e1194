"""Ranges without the rows that repeat others: their parts written and measured anew."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.ingest.checking.judge import owned
from ingestion.ingest.checking.repeats import REPEATS, find_repeats
from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.plan import Outcome
from ingestion.ingest.profiling.measure import measure
from ingestion.ingest.shelf import ParquetFile, Shelf
from tidemill.profile import Profile
from tidemill.records import Part
from tidemill.references import ROW
from tidemill.store import ObjectFile, Store
from tidemill_tabular.reading.cells import FAULTS

ROWS_PER_BATCH = 30_000


@dataclass
class Repeats:
    """The repeats of every range, in files of a folder: they may be as many as the rows."""

    folder: str
    files: dict[int, ParquetFile] = field(default_factory=dict)

    def gather(self, outcomes: Sequence[Outcome], store: Store) -> None:
        """Find the repeats among all ranges' keys."""
        keyed = [(n, outcome.keys_uri) for n, outcome in enumerate(outcomes) if outcome.keys_uri]
        numbers = pa.array([number for number, _ in keyed], pa.int32())
        keys = [open_table(uri, store) for _, uri in keyed]
        for found in find_repeats(keys):
            table = _renumbered(found, numbers)
            for number in pc.unique(table["part"]).to_pylist():
                self._file(number).add(table.filter(pc.equal(table["part"], number)))

    def of_range(self, number: int) -> pa.Table:
        """The repeats of one range."""
        path = self.files[number].finish() if number in self.files else None
        return pq.read_table(path) if path else REPEATS.empty_table()

    def _file(self, number: int) -> ParquetFile:
        path = f"{self.folder}/repeats-{number:05d}.parquet"
        return self.files.setdefault(number, ParquetFile(path, REPEATS, ["column"]))


def prune(
    outcome: Outcome, repeats: pa.Table, firsts: Sequence[int], rules: Rules, store: Store
) -> tuple[Outcome, pa.Table]:
    """The outcome without the rows that repeat others, and the faults of those not equal to them.

    `firsts` are how many rows of the drop come before each range.
    """
    if outcome.part is None or not repeats.num_rows:
        return outcome, FAULTS.empty_table()
    faults = _faults(repeats.filter(pc.invert(repeats["same"])), firsts)
    gone, bad = (np.unique(table["row"].to_numpy()) for table in (repeats, faults))
    uri = outcome.part.uri.replace(".accepted.", ".pruned.")
    profile, kept_rows, owned_faults = Profile(), 0, []
    with TemporaryDirectory() as folder:
        shelf = Shelf(folder, rules)
        for batch in open_table(outcome.part.uri, store).iter_batches(ROWS_PER_BATCH):
            kept = batch.filter(pa.array(~np.isin(batch.column(ROW).to_numpy(), gone)))
            shelf.accepted.add(pa.Table.from_batches([kept]))
            profile = profile.merge(measure(kept.drop_columns([ROW]), rules.source))
            kept_rows += kept.num_rows
            owned_faults.append(owned(_within(faults, batch), batch, rules))
        shelf.accepted.publish(uri, store)
    counted = outcome.rows.model_copy(
        update={
            "accepted": kept_rows,
            "quarantined": outcome.rows.quarantined + len(bad),
            "duplicate": len(gone) - len(bad),
        }
    )
    broken = Counter(outcome.broken)
    for found in pc.value_counts(faults["column"]).to_pylist():
        broken[f"{found['values']} is not unique"] += found["counts"]
    part = Part(uri=uri, rows=kept_rows) if kept_rows else None
    changed = {"rows": counted, "profile": profile, "broken": dict(broken), "part": part}
    return outcome.model_copy(update=changed), pa.concat_tables(owned_faults)


def open_table(uri: str, store: Store) -> pq.ParquetFile:
    """A Parquet object, read as it is needed."""
    return pq.ParquetFile(pa.PythonFile(ObjectFile(store, uri), "rb"))


def batches_of(uri: str | None, store: Store) -> Iterator[pa.Table]:
    """A Parquet object's rows, some at a time; none where there is no object."""
    if uri is not None:
        for batch in open_table(uri, store).iter_batches(ROWS_PER_BATCH):
            yield pa.Table.from_batches([batch])


def _renumbered(repeats: pa.Table, numbers: pa.Array) -> pa.Table:
    """The ranges by their own numbers, not by their places among those that have keys."""
    for name in ("part", "first_part"):
        at = REPEATS.get_field_index(name)
        repeats = repeats.set_column(at, REPEATS.field(name), numbers.take(repeats[name]))
    return repeats


def _faults(repeats: pa.Table, firsts: Sequence[int]) -> pa.Table:
    before = pa.array(firsts, pa.int64()).take(repeats["first_part"])
    original = pc.cast(pc.add(before, repeats["first_row"]), pa.string())
    rules = pc.binary_join_element_wise("is not unique: row ", original, " has it too", "")
    rows = repeats.num_rows
    nothing, nobody = pa.repeat(pa.scalar(""), rows), pa.nulls(rows, FAULTS.field("subject").type)
    return pa.table([repeats["row"], repeats["column"], rules, nothing, nobody], schema=FAULTS)


def _within(faults: pa.Table, batch: pa.RecordBatch) -> pa.Table:
    """The faults of a batch's rows."""
    edges = pc.min_max(batch.column(ROW)).as_py()
    rows = faults["row"]
    return faults.filter(
        pc.and_(pc.greater_equal(rows, edges["min"]), pc.less_equal(rows, edges["max"]))
    )
