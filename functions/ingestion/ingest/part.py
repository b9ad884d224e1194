"""One range of a drop: its rows read, judged on every core, and stored where they belong."""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.checking.judge import Judged, judge
from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.plan import Outcome, Plan
from ingestion.ingest.reading.blocks import Block, cut
from ingestion.ingest.reading.cells import Cells
from ingestion.ingest.reading.columnar import Columnar
from ingestion.ingest.reading.delimited import DelimitedText
from ingestion.ingest.reading.documents import DocumentLines
from ingestion.ingest.reading.layout import open_text
from ingestion.ingest.reading.stream import HashedStream, blamed
from ingestion.ingest.shelf import Shelf
from tidemill.profile import Profile
from tidemill.records import Rows
from tidemill.references import ROW
from tidemill.store import Store

WORKERS = max(1, min(4, os.cpu_count() or 1))
AHEAD = 2

type Read = Callable[[Block], Cells]


def sort_part(plan: Plan, number: int, rules: Rules, store: Store) -> Outcome:
    """Read one range and store its good rows, faults and keys; the same again changes nothing.

    UnreadableFileError where the bytes are not what the layout says.
    """
    with TemporaryDirectory() as folder:
        tally = Tally(Shelf(folder, rules))
        digest = _judge_all(plan, number, rules, store, tally)
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


@dataclass
class Line:
    """Blocks on their way through the workers, in order; each may leave a tail to the next."""

    work: Callable[[Block], tuple[Judged, bytes]]
    pool: ThreadPoolExecutor

    def run(self, blocks: Iterator[Block]) -> Iterator[Judged]:
        """Judge blocks ahead of time; one that gets a tail from before is judged again."""
        waiting: deque[tuple[Block, Future[tuple[Judged, bytes]]]] = deque()
        for block in blocks:
            waiting.append((block, self.pool.submit(self.work, block)))
            while len(waiting) > WORKERS + AHEAD:
                yield self._next(waiting)
        while waiting:
            yield self._next(waiting)

    def _next(self, waiting: deque[tuple[Block, Future[tuple[Judged, bytes]]]]) -> Judged:
        _, future = waiting.popleft()
        judged, tail = future.result()
        if not tail:
            return judged
        follower = waiting[0][0] if waiting else None
        if follower is None or follower.overlong is not None:
            joined = Block(tail, last=True)
        else:
            waiting.popleft()[1].cancel()
            joined = Block(tail + follower.data, last=follower.last)
        waiting.appendleft((joined, self.pool.submit(self.work, joined)))
        return judged


def _judge_all(plan: Plan, number: int, rules: Rules, store: Store, tally: Tally) -> str:
    """Judge every row of the range; the digest of its bytes."""
    span, landed = plan.ranges[number], plan.landed
    wanted = rules.positions(plan.layout)
    quote = rules.may_quote(plan.layout.columns)
    with ThreadPoolExecutor(WORKERS) as pool:
        if span.groups:
            packing = plan.layout.packing
            with Columnar.open(store, landed.uri, landed.version_id, packing) as file:
                cells = file.read(span.groups, list(wanted))
                for judged in _in_order(pool, partial(judge, rules=rules, quote=quote), cells):
                    tally.add(judged)
            return _digest(plan, number, store)
        with _lines(plan, number, store) as (blocks, hashed):
            read = _reader(plan, wanted)
            line = Line(partial(_work, read=read, rules=rules, quote=quote), pool)
            for judged in line.run(blocks):
                tally.add(judged)
            return hashed.digest()


def _work(block: Block, *, read: Read, rules: Rules, quote: bool) -> tuple[Judged, bytes]:
    cells = read(block)
    return judge(cells, rules, quote=quote), cells.tail


def _reader(plan: Plan, wanted: dict[str, int]) -> Read:
    if plan.layout.format == "csv":
        return DelimitedText(plan.layout, wanted).read
    return DocumentLines(tuple(wanted)).read


@contextmanager
def _lines(plan: Plan, number: int, store: Store) -> Iterator[tuple[Iterator[Block], HashedStream]]:
    """The blocks of a range, behind the header."""
    landed, span = plan.landed, plan.ranges[number]
    part = (span.start, span.end) if plan.splits else None
    with store.open(landed.uri, landed.version_id, span=part) as body:
        stream, hashed = open_text(body, plan.layout)
        with hashed.blamed_on_the_file():
            stream.read(plan.start if number == 0 else 0)
        yield blamed(cut(stream), hashed.blamed_on_the_file), hashed


def _in_order(
    pool: ThreadPoolExecutor, work: Callable[[Cells], Judged], items: Iterator[Cells]
) -> Iterator[Judged]:
    waiting: deque[Future[Judged]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > WORKERS + AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _digest(plan: Plan, number: int, store: Store) -> str:
    span = plan.ranges[number]
    with store.open(plan.landed.uri, plan.landed.version_id, span=(span.start, span.end)) as body:
        return HashedStream(body).digest()


def _shift(table: Any, column: str, offset: int) -> pa.Table:  # noqa: ANN401 - a table or none
    at = table.schema.get_field_index(column)
    return table.set_column(at, table.schema.field(column), pc.add(table.column(column), offset))
