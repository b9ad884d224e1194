"""How long a wide window takes, and how much memory: `python -m bench.drift_speed <folder>`.

From the Parquet file `wide` of a folder, in row groups as ingestion writes them, to what drifted,
against the file `baseline` beside it. A process of its own, so that its peak is its own.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from bench.drift_ours import counted, judge
from bench.drift_streams import wide
from bench.environments import ROOT
from bench.processes import peak_megabytes
from monitoring.watch.tally import CLOSELY, Tally, count

PART = 25_000


def measure_speed(rows: int, numbers: int) -> dict[str, float]:
    """Seconds, seconds of CPU, and megabytes at the peak, of a process that compares so many."""
    with TemporaryDirectory() as folder:
        pq.write_table(pa.table(wide(PART, numbers, rows)), Path(folder) / "baseline")
        with pq.ParquetWriter(Path(folder) / "wide", pa.table(wide(1, numbers)).schema) as writer:
            for part in range(rows // PART):
                writer.write_table(pa.table(wide(PART, numbers, part)))
        command = [sys.executable, "-m", "bench.drift_speed", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print what one comparison takes.

    Segments are counted in as many rows as of one object with all rows.
    """
    folder = Path(sys.argv[1])
    grid, tally = counted(pq.read_table(folder / "baseline"))
    started, used = time.perf_counter(), time.process_time()
    window, file = Tally.empty(grid), pq.ParquetFile(folder / "wide", pre_buffer=False)
    closely = max(1, CLOSELY * PART // file.metadata.num_rows)
    for batch in file.iter_batches(PART, use_threads=False):
        window = window.merge(count(pa.Table.from_batches([batch]), grid, closely), grid)
    judge(tally, window, grid)
    found = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - used,
        "peak": peak_megabytes(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
