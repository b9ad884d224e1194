"""What waits to be written is bounded, whatever the rows look like."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.ingest.shelf import HELD_BYTES, ParquetFile

COLUMNS = 500
ROWS = 40_000


def test_wide_rows_are_written_before_they_fill_memory(tmp_path: Path) -> None:
    """Rows of many columns are held by their bytes, not only by their number."""
    column = pa.array([0.5] * ROWS)
    table = pa.table({f"c{number}": column for number in range(COLUMNS)})
    file = ParquetFile(str(tmp_path / "wide.parquet"), table.schema, [])
    file.add(table)
    assert table.nbytes > HELD_BYTES
    assert (tmp_path / "wide.parquet").exists()
    file.add(table)
    path = file.finish()
    assert path is not None
    groups = pq.ParquetFile(path).metadata
    assert (groups.num_row_groups, groups.num_rows) == (2, 2 * ROWS)
