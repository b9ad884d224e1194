"""Some rows of a file and their answers, kept for whoever watches, as those of requests are."""

import gzip
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from inference.batch.features import scalars_of
from inference.batch.plan import BatchPlan
from inference.batch.scorer import PROBABILITY, Stretch, Typed
from tidemill.store import Store

MOST_ROWS = 10_000
HASHES, SPREAD = 2**32, 2_654_435_761
GZIP, FAST = "application/gzip", 1
FEATURE, HASH = "feature:", "hash"

type Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]


class Sample:
    """Rows of one part that were answered: of a `share` at most 10,000, as hashes of ids decide.

    So a part that is scored again has the same. A row without a name has one made of the file's
    and the part's, by which no outcome can be told.
    """

    def __init__(self, plan: BatchPlan, number: int, share: float) -> None:
        self._plan = plan
        self._number = number
        self._below = int(share * HASHES)
        self._kept: list[pa.Table] = []
        self._pending = 0
        self._read = 0

    def add(self, stretch: Stretch) -> None:
        """Look at the stretch that follows."""
        typed, first = stretch.typed, self._read
        self._read += stretch.scored.read
        hashes = _hashes(typed, first)
        good = pc.is_null(typed.table["error"])
        if self._plan.identifier:
            good = pc.and_(good, pc.is_valid(typed.table["id"]))
        wanted = good.to_numpy() & (hashes < self._below)
        places = np.flatnonzero(wanted)
        if len(places):
            self._kept.append(self._taken(typed, places, first, hashes))
            self._pending += len(places)
        if self._pending > 2 * MOST_ROWS:
            self._trim()

    def write(self, store: Store, folder: str) -> None:
        """Put them where captures are found; the same rows again replace the same object."""
        if not self._pending:
            return
        self._trim()
        plan, (rows,) = self._plan, self._kept
        version = plan.model.rpartition("/")[2]
        name = f"{plan.pipeline}/{plan.batch_id}/{version}-{self._number:05d}.jsonl.gz"
        body = gzip.compress(b"".join(self._lines(rows)), FAST, mtime=0)
        store.write(f"{folder}/{name}", body, GZIP)

    def _taken(
        self, typed: Typed, places: np.ndarray[Any, Any], first: int, hashes: Hashes
    ) -> pa.Table:
        """The rows at these places, named, with what came of each feature."""
        chosen = pa.array(places)
        rows = typed.table.take(chosen).drop_columns(["error"])
        if self._plan.identifier is None:
            start = f"{self._plan.batch_id}/{self._number}/"
            names = [f"{start}{first + number + 1}" for number in typed.numbers[places]]
            rows = rows.add_column(0, "id", pa.array(names))
        for name, came in typed.features.items():
            rows = rows.append_column(f"{FEATURE}{name}", came.take(chosen))
        return rows.append_column(HASH, pa.array(hashes[places]))

    def _trim(self) -> None:
        """Leave the least hashes, and let only lesser ones follow."""
        rows = pa.concat_tables(self._kept)
        if rows.num_rows > MOST_ROWS:
            order = np.argsort(rows[HASH].to_numpy(), kind="stable")[:MOST_ROWS]
            rows = rows.take(pa.array(np.sort(order)))
            self._below = int(pc.max(rows[HASH]).as_py())
        self._kept, self._pending = [rows], rows.num_rows

    def _lines(self, rows: pa.Table) -> Iterator[bytes]:
        """As `inference/predict` writes them; keys tell the rows of one file from another's."""
        plan = self._plan
        opening = {"pipeline": plan.pipeline, "model": plan.model, "variant": "champion"}
        opening |= {"at": plan.landed.landed_at}
        features, shares = _within(rows, FEATURE), _within(rows, PROBABILITY)
        names, values = rows["id"].to_pylist(), rows["value"].to_pylist()
        for place, (name, value) in enumerate(zip(names, values, strict=True)):
            line: dict[str, Any] = {
                **opening,
                "key": f"{plan.model}/{plan.batch_id}/{name}",
                "features": {feature: cells[place] for feature, cells in features.items()},
                "id": name,
                "value": value,
            }
            if shares:
                line["probabilities"] = {label: cells[place] for label, cells in shares.items()}
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _hashes(typed: Typed, first: int) -> Hashes:
    """One of each row's id, or of its number, from 0 to 2³²."""
    if "id" not in typed.table.column_names:
        numbers = (typed.numbers + first + 1).astype(np.uint64)
        return numbers * np.uint64(SPREAD) % np.uint64(HASHES)
    ids = pc.fill_null(pc.cast(typed.table["id"], pa.binary()), b"").to_pylist()
    return np.fromiter(map(crc32, ids), np.uint64, len(ids))


def _within(rows: pa.Table, start: str) -> dict[str, list[Any]]:
    """The columns whose names start so, as JSON has their values."""
    return {
        name.removeprefix(start): scalars_of(rows[name])
        for name in rows.column_names
        if name.startswith(start)
    }
