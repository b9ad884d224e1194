"""Rows by their id in sorted files, which are merged as they become many."""

import io
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemill.store import ObjectFile, Store

FAN, FEWEST = 8, 2
ROWS_PER_GROUP = 4_096
# A merge holds its rows a few times: a million take 0.6 GB.
MOST_ROWS = 1_000_000
READ_AHEAD = 64 << 10
ROUNDS = 20
PARQUET = "application/vnd.apache.parquet"

type Keep = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Runs:
    """Files under `<prefix><level>/`, each sorted by the column `id`.

    Eight files of a level become one of the next (a log-structured merge tree), so that a row is
    written a few times, and few files have to be looked into for an id. `keep` leaves out what
    other rows replace, and so what two files hold: who merges side by side may leave rows twice,
    never none, for no file is written over another but by the same name.
    """

    store: Store
    prefix: str
    keep: Keep

    def add(self, name: str, rows: pa.Table) -> None:
        """Keep some rows; of the same name again, before it was merged, those alone remain."""
        if rows.num_rows:
            self._write(f"{self.prefix}0/{name}.parquet", self.keep(rows))

    def find(self, ids: pa.Array) -> pa.Table | None:
        """All rows of these ids, reading only where they may be; None where there are none."""
        distinct = pc.unique(ids)
        wanted = distinct.take(pc.sort_indices(distinct))
        return self._collected(lambda uri: self._rows_of(uri, wanted))

    def read(self, skip: str = "") -> pa.Table | None:
        """All rows but those that were added by the name `skip` and not merged since."""
        own = f"{self.prefix}0/{skip}.parquet"
        return self._collected(lambda uri: [] if uri == own else [self._open(uri).read()])

    def compact(self) -> None:
        """Merge what has become many."""
        level = 0
        while len(uris := list(self.store.list(f"{self.prefix}{level}/"))) >= FAN:
            if not self._merge(uris[:FAN], level + 1):
                return
            level += 1

    def _merge(self, uris: list[str], level: int) -> bool:
        """Whether as many files as fit became one.

        Where one of them changed meanwhile, it lost rows; where one is gone, somebody else merged
        it. Then what came of it is thrown away: its name is its own.
        """
        merged = f"{self.prefix}{level}/{uuid4().hex}.parquet"
        try:
            tags = [self.store.tag(uri) for uri in uris]
            files = [self._open(uri) for uri in uris]
            totals = accumulate(file.metadata.num_rows for file in files)
            fitting = sum(total <= MOST_ROWS for total in totals)
            if fitting < FEWEST:
                return False
            uris, tags, files = uris[:fitting], tags[:fitting], files[:fitting]
            self._write(merged, self.keep(_joined([file.read() for file in files])))
            changed = [self.store.tag(uri) for uri in uris] != tags
        except FileNotFoundError:
            changed = True
        if changed:
            self.store.delete_versions(merged)
            return False
        for uri in uris:
            self.store.delete_versions(uri)
        return True

    def _write(self, uri: str, rows: pa.Table) -> None:
        body = io.BytesIO()
        ordered = rows.sort_by("id")
        pq.write_table(ordered, body, row_group_size=ROWS_PER_GROUP, compression="zstd")
        self.store.write(uri, body.getvalue(), PARQUET)

    def _open(self, uri: str) -> pq.ParquetFile:
        return pq.ParquetFile(io.BufferedReader(ObjectFile(self.store, uri), READ_AHEAD))

    def _rows_of(self, uri: str, wanted: pa.StringArray) -> list[pa.Table]:
        file = self._open(uri)
        place = file.schema_arrow.get_field_index("id")
        groups = [
            number
            for number in range(file.num_row_groups)
            if _may_hold(file.metadata.row_group(number).column(place).statistics, wanted)
        ]
        if not groups:
            return []
        rows = file.read_row_groups(groups, use_threads=False)
        return [rows.filter(pc.is_in(rows.column("id"), wanted))]

    def _collected(self, read: Callable[[str], Iterable[pa.Table]]) -> pa.Table | None:
        """What is found in every file; of those that were merged meanwhile, in what they became."""
        found: dict[str, list[pa.Table]] = {}
        for _ in range(ROUNDS):
            gone = False
            for uri in [uri for uri in self.store.list(self.prefix) if uri not in found]:
                try:
                    found[uri] = [rows for rows in read(uri) if rows.num_rows]
                except FileNotFoundError:
                    gone = True
            if not gone:
                tables = [rows for each in found.values() for rows in each]
                return self.keep(_joined(tables)) if tables else None
        raise FileNotFoundError(f"files of {self.prefix} are merged faster than they are read")


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Rows of files that need not have all columns."""
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


def _may_hold(statistics: pq.Statistics | None, wanted: pa.StringArray) -> bool:
    """Whether one of the ids, which are sorted, may be among rows of which this is known."""
    if statistics is None or not statistics.has_min_max:
        return True
    at = bisect_left(wanted, statistics.min, key=str)
    return at < len(wanted) and str(wanted[at]) <= statistics.max
