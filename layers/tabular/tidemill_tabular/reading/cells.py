"""What every format becomes: cells of text, in rows that are numbered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pyarrow as pa

from tidemill.pseudonyms import TOKEN_BYTES

TOKEN = pa.binary(TOKEN_BYTES)
FAULTS = pa.schema(
    [
        ("row", pa.int64()),
        ("column", pa.string()),
        ("rule", pa.string()),
        ("raw", pa.string()),
        ("subject", TOKEN),
    ]
)
SUBJECT = 4
type RowFault = tuple[int, str, bytes]


def faults_table(faults: Sequence[RowFault]) -> pa.Table:
    """Rows that are no rows of the table at all: number, rule, and how they begin."""
    rows, rules, raws = zip(*faults, strict=True) if faults else ((), (), ())
    texts = [raw.decode("utf-8", "backslashreplace") for raw in raws]
    nobody = [None] * len(rows)
    return pa.table([list(rows), [""] * len(rows), list(rules), texts, nobody], schema=FAULTS)


@dataclass(frozen=True)
class Cells:
    """A stretch of a file: one text array a column, and which row of the stretch each is.

    `rows` counts all rows, `numbers` (from 0) are those of `batch`, `faults` those of the others;
    `tail` is what belongs to the next stretch.
    """

    batch: pa.RecordBatch
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]]
    rows: int
    faults: pa.Table = field(default_factory=FAULTS.empty_table)
    tail: bytes = b""

    @classmethod
    def none(
        cls, names: Iterable[str], faults: Sequence[RowFault], *, rows: int, tail: bytes = b""
    ) -> Self:
        """A stretch without a good row."""
        arrays = {name: pa.array([], pa.string()) for name in names}
        batch = pa.RecordBatch.from_pydict(arrays)
        return cls(batch, np.arange(0), rows, faults_table(faults), tail)
