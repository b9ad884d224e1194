"""A range of a file, worked off stretch by stretch: ahead of time, and yet in the file's order."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tidemill.store import Store
from tidemill_tabular.reading.blocks import Block, cut
from tidemill_tabular.reading.cells import Cells
from tidemill_tabular.reading.columnar import Columnar
from tidemill_tabular.reading.delimited import DelimitedText
from tidemill_tabular.reading.documents import DocumentLines
from tidemill_tabular.reading.file import CutFile
from tidemill_tabular.reading.layout import open_text
from tidemill_tabular.reading.stream import HashedStream, blamed

WORKERS = max(1, min(4, os.cpu_count() or 1))
AHEAD = 2

type Read = Callable[[Block], Cells]


@dataclass(frozen=True)
class FileReader:
    """Reads the ranges of a file; `wanted` says where in it each column stands."""

    file: CutFile
    wanted: dict[str, int]
    store: Store

    def work_off[T](
        self, number: int, work: Callable[[Cells], T], take: Callable[[T], None]
    ) -> str | None:
        """Have every stretch of a range worked on, on all cores, and take what comes in order.

        The answer is the SHA-256 of the range's bytes; None of Parquet, whose bytes are read here
        and there. UnreadableFileError where the bytes are not what the layout says.
        """
        file, span, landed = self.file, self.file.ranges[number], self.file.landed
        with ThreadPoolExecutor(WORKERS) as pool:
            if span.groups:
                packing = file.layout.packing
                with Columnar.open(self.store, landed.uri, landed.version_id, packing) as body:
                    for done in _in_order(pool, work, body.read(span.groups, list(self.wanted))):
                        take(done)
                return None
            with _lines(file, number, self.store) as (blocks, hashed):
                line = Line(_steps(_reader(file, self.wanted), work), pool)
                for done in line.run(blocks):
                    take(done)
                return hashed.digest()


@dataclass
class Line[T]:
    """Blocks on their way through the workers, in order; each may leave a tail to the next."""

    work: Callable[[Block], tuple[T, bytes]]
    pool: ThreadPoolExecutor

    def run(self, blocks: Iterator[Block]) -> Iterator[T]:
        """Work on blocks ahead of time; one that gets a tail from before is worked on again."""
        waiting: deque[tuple[Block, Future[tuple[T, bytes]]]] = deque()
        for block in blocks:
            waiting.append((block, self.pool.submit(self.work, block)))
            while len(waiting) > WORKERS + AHEAD:
                yield self._next(waiting)
        while waiting:
            yield self._next(waiting)

    def _next(self, waiting: deque[tuple[Block, Future[tuple[T, bytes]]]]) -> T:
        _, future = waiting.popleft()
        done, tail = future.result()
        if not tail:
            return done
        follower = waiting[0][0] if waiting else None
        if follower is None or follower.overlong is not None:
            joined = Block(tail, last=True)
        else:
            waiting.popleft()[1].cancel()
            joined = Block(tail + follower.data, last=follower.last)
        waiting.appendleft((joined, self.pool.submit(self.work, joined)))
        return done


def _steps[T](read: Read, work: Callable[[Cells], T]) -> Callable[[Block], tuple[T, bytes]]:
    def both(block: Block) -> tuple[T, bytes]:
        cells = read(block)
        return work(cells), cells.tail

    return both


def _reader(file: CutFile, wanted: dict[str, int]) -> Read:
    if file.layout.format == "csv":
        return DelimitedText(file.layout, wanted).read
    return DocumentLines(tuple(wanted)).read


@contextmanager
def _lines(
    file: CutFile, number: int, store: Store
) -> Iterator[tuple[Iterator[Block], HashedStream]]:
    """The blocks of a range, behind the header."""
    landed, span = file.landed, file.ranges[number]
    part = (span.start, span.end) if file.splits else None
    with store.open(landed.uri, landed.version_id, span=part) as body:
        stream, hashed = open_text(body, file.layout)
        with hashed.blamed_on_the_file():
            stream.read(file.start if number == 0 else 0)
        yield blamed(cut(stream), hashed.blamed_on_the_file), hashed


def _in_order[T](
    pool: ThreadPoolExecutor, work: Callable[[Cells], T], items: Iterator[Cells]
) -> Iterator[T]:
    waiting: deque[Future[T]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > WORKERS + AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
