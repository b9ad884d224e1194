"""One range of a drop: its rows read, judged on every core, and stored where they belong."""

from collections import Counter
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.checking.judge import Judged, judge
from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.plan import Outcome, Plan
from ingestion.ingest.shelf import Shelf
from tidemill.profile import Profile
from tidemill.records import Rows
from tidemill.references import ROW
from tidemill.store import Store
from tidemill_tabular.reading.line import FileReader
from tidemill_tabular.reading.stream import HashedStream


def sort_part(plan: Plan, number: int, rules: Rules, store: Store) -> Outcome:
    """Read one range and store its good rows, faults and keys; the same again changes nothing.

    UnreadableFileError where the bytes are not what the layout says.
    """
    with TemporaryDirectory() as folder:
        tally = Tally(Shelf(folder, rules))
        reader = FileReader(plan, rules.positions(plan.layout), store)
        quote = rules.may_quote(plan.layout.columns)
        digest = reader.work_off(number, partial(judge, rules=rules, quote=quote), tally.add)
        digest = digest or _digest(plan, number, store)
        return tally.outcome(digest, f"{plan.work}/part-{number:05d}", store)


class Tally:
    """What has been seen of a range so far; its rows are numbered from 1 on."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._rows = Rows()
        self._profile = Profile()
        self._broken: Counter[str] = Counter()

    def add(self, judged: Judged) -> None:
        """Count the stretch that follows and put its rows on the shelf."""
        offset = self._rows.read + 1
        faults = _shift(judged.faults, "row", offset)
        good = pa.Table.from_batches([judged.good])
        keys = judged.keys and _shift(judged.keys, "row", offset)
        self._shelf.put(_shift(good, ROW, offset), faults, keys)
        self._note(faults)
        self._profile = self._profile.merge(judged.profile)
        counts = {name: n + getattr(judged.rows, name) for name, n in self._rows}
        self._rows = Rows(**counts)

    def outcome(self, digest: str, base: str, store: Store) -> Outcome:
        """Upload what is on the shelf and say where it is."""
        uris = self._shelf.publish(base, store)
        return Outcome(
            rows=self._rows, digest=digest, profile=self._profile, broken=self._broken, **uris
        )

    def _note(self, faults: pa.Table) -> None:
        if faults.num_rows:
            names = pc.if_else(pc.equal(faults["column"], ""), "row", faults["column"])
            rules = pc.binary_join_element_wise(names, faults["rule"], " ")
            for found in pc.value_counts(rules).to_pylist():
                self._broken[found["values"]] += found["counts"]


def _digest(plan: Plan, number: int, store: Store) -> str:
    span = plan.ranges[number]
    with store.open(plan.landed.uri, plan.landed.version_id, span=(span.start, span.end)) as body:
        return HashedStream(body).digest()


def _shift(table: Any, column: str, offset: int) -> pa.Table:  # noqa: ANN401 - a table or none
    at = table.schema.get_field_index(column)
    return table.set_column(at, table.schema.field(column), pc.add(table.column(column), offset))
