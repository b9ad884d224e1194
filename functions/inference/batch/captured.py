"""Some rows of a file and their answers, kept for whoever watches, as those of requests are."""

import gzip
from typing import Any
from zlib import crc32

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from inference.batch.plan import BatchPlan
from inference.batch.scorer import FEATURE, PROBABILITY, Stretch
from tidemill.store import Store

MOST_ROWS = 10_000
HASHES = 2**32
GZIP = "application/gzip"
HASH = "hash"

type Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]


class Sample:
    """Rows of one part that were answered: of a `share` at most 10,000, as hashes of ids decide.

    So a part that is scored again has the same. A row without a name has one made of the file's
    and the part's, by which no outcome can be told.
    """

    def __init__(self, plan: BatchPlan, number: int, share: float) -> None:
        self._plan = plan
        self._number = number
        self._below = share * HASHES
        self._kept: list[pa.Table] = []
        self._pending = 0
        self._read = 0

    def add(self, stretch: Stretch) -> None:
        """Look at the stretch that follows."""
        seen, first = stretch.answered, self._read
        self._read += stretch.scored.read
        if "id" not in seen.column_names:
            start = f"{self._plan.batch_id}/{self._number}/"
            names = [f"{start}{first + row + 1}" for row in seen["row"].to_pylist()]
            seen = seen.set_column(0, "id", pa.array(names, pa.string()))
        hashes = np.array([crc32((name or "").encode()) for name in seen["id"].to_pylist()], "u8")
        named = pc.is_valid(seen["id"]).to_numpy(zero_copy_only=False)
        chosen = seen.append_column(HASH, pa.array(hashes)).filter(
            pa.array(named & (hashes < self._below))
        )
        self._kept.append(chosen)
        self._pending += chosen.num_rows
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
        lines = b"".join(self._line(row) for row in rows.drop_columns([HASH]).to_pylist())
        store.write(f"{folder}/{name}", gzip.compress(lines, 6, mtime=0), GZIP)

    def _trim(self) -> None:
        rows = pa.concat_tables(self._kept)
        if rows.num_rows > MOST_ROWS:
            order = np.argsort(rows[HASH].to_numpy(), kind="stable")[:MOST_ROWS]
            rows = rows.take(pa.array(np.sort(order)))
        self._kept, self._pending = [rows], rows.num_rows

    def _line(self, row: dict[str, Any]) -> bytes:
        """As `inference/predict` writes one; the key tells the rows of one file from another's."""
        plan = self._plan
        parts = {start: _within(row, start) for start in (FEATURE, PROBABILITY)}
        shares = {"probabilities": parts[PROBABILITY]} if parts[PROBABILITY] else {}
        return orjson.dumps(
            {
                "pipeline": plan.pipeline,
                "model": plan.model,
                "variant": "champion",
                "batch": plan.batch_id,
                "at": plan.landed.landed_at,
                "key": f"{plan.model}/{plan.batch_id}/{row['id']}",
                "features": parts[FEATURE],
                "id": row["id"],
                "value": row["value"],
                **shares,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )


def _within(row: dict[str, Any], start: str) -> dict[str, Any]:
    return {name.removeprefix(start): row[name] for name in row if name.startswith(start)}
