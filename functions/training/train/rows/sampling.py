"""A dataset that an instance cannot hold: a sample of its rows by their identity, to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tidemill.references import ROW

LEARNT = ("train", "validation")
BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Sample:
    """The channels to read, and how many of the rows to learn from are in them; the test is whole.

    `bound_mb` is the memory that was to be kept to.
    """

    folders: dict[str, Path]
    rows_of: int
    rows: int
    bound_mb: int

    def to_json(self) -> dict[str, int]:
        """What the evaluation says of it."""
        return {"rows_of": self.rows_of, "rows": self.rows, "bound_mb": self.bound_mb}

    def note(self) -> str:
        """What a person is told."""
        return (
            f"{self.rows} of {self.rows_of} rows were learnt from, a sample that fits into "
            f"{self.bound_mb} MB of memory; every test row was scored"
        )


def draw(folders: Mapping[str, Path], rows: int, bound_mb: int, into: Path) -> Sample:
    """Write about so many rows of train and validation below `into`, batch by batch.

    A row is in by its identity alone, whatever file it is in and in whatever order: the same
    dataset version gives the same sample.
    """
    there = {name: sorted(folders[name].rglob("*.parquet")) for name in LEARNT}
    rows_of = sum(pq.read_metadata(file).num_rows for files in there.values() for file in files)
    share = min(1.0, rows / max(1, rows_of))
    kept = 0
    for name, files in there.items():
        (into / name).mkdir(parents=True, exist_ok=True)
        for file in files:
            kept += _thin(file, into / name / file.name, share)
    drawn = {name: into / name for name in LEARNT}
    return Sample({**folders, **drawn}, rows_of, kept, bound_mb)


def _thin(source: Path, target: Path, share: float) -> int:
    """Copy that share of a file's rows; how many they were."""
    kept = 0
    with pq.ParquetFile(source) as file, pq.ParquetWriter(target, file.schema_arrow) as writer:
        for batch in file.iter_batches(BATCH_ROWS):
            part = batch.filter(pa.array(_chosen(batch, share)))
            kept += part.num_rows
            writer.write_batch(part)
    return kept


def _chosen(batch: Any, share: float) -> np.ndarray:  # noqa: ANN401 - a record batch
    identities = batch.column(ROW).to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(identities, categorize=False)
    chosen: np.ndarray = hashes <= np.uint64(min(int(share * 2**64), 2**64 - 1))
    return chosen
