"""Ingesting a CSV file of mixed columns, against the usual job in pandas, on the same machine.

    python -m bench.ingestion [gigabytes]

Both read the file, check every column, replace e-mail addresses by keyed hashes, profile all
columns and write compressed Parquet; each in a process of its own, whose peak memory is printed.
The second size shows how memory grows with the file. Below 1, a ratio is in our favour.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from shutil import rmtree
from typing import Any

from bench import pandas_peer
from bench.disk import DiskStore
from bench.mixed import COLUMNS, write_csv
from bench.processes import peak_megabytes

FOLDER = Path(__file__).parents[1] / ".build" / "bench"
GROWTH = 4


def main() -> None:
    """Print time and memory of both, and of ours at four times the size."""
    gigabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    FOLDER.mkdir(parents=True, exist_ok=True)
    small = write_csv(FOLDER / "mixed.csv", gigabytes * 1e9)
    ours, peer = _measure("ours", small), _measure("pandas", small)
    large = write_csv(FOLDER / "mixed-large.csv", GROWTH * gigabytes * 1e9)
    grown = _measure("ours", large)
    print(f"{'':24}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}{'MB/s':>10}")
    for name, found in {"tidemill": ours, "pandas": peer, f"tidemill, {GROWTH}x": grown}.items():
        speed = found["bytes"] / 1e6 / found["wall"]
        print(
            f"{name:24}{found['wall']:10.1f}{found['cpu']:10.1f}{found['peak']:10.0f}{speed:10.1f}"
        )
    print(f"wall {ours['wall'] / peer['wall']:.3f} of pandas (of its reading, checking and writing")
    print(f"     alone, without hashes and profile, {ours['wall'] / peer['least']:.3f})")
    print(f"peak {ours['peak'] / peer['peak']:.3f} of pandas; at {GROWTH}x the size", end=" ")
    print(f"{grown['peak'] / ours['peak']:.3f} of that at 1x")
    rmtree(FOLDER)


def run(name: str, path: Path) -> dict[str, Any]:
    """Do the job in this process; seconds, bytes, and megabytes of memory at the peak."""
    jobs: dict[str, Callable[[Path], dict[str, float]]] = {
        "ours": ingest_file,
        "pandas": pandas_peer.ingest_file,
    }
    started = time.perf_counter()
    found = jobs[name](path)
    usage = getrusage(RUSAGE_SELF)
    return {
        "wall": time.perf_counter() - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": peak_megabytes(),
        "bytes": path.stat().st_size,
        **found,
    }


class NoPandas(MetaPathFinder):
    """There is no pandas where the function runs; pyarrow loads it where there is one."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """ModuleNotFoundError for pandas, nothing for the others."""
        if fullname == "pandas":
            raise ModuleNotFoundError("no module named 'pandas'", name=fullname)


def ingest_file(path: Path) -> dict[str, float]:
    """Ingest the file as the function does, from disk to disk; its number of rows."""
    sys.meta_path.insert(0, NoPandas())
    from ingestion.ingest.ingest import ingest  # noqa: PLC0415 - imports count as time
    from ingestion.ingest.tools import Tools  # noqa: PLC0415
    from tidemill.contract import Contract  # noqa: PLC0415
    from tidemill.events import InMemoryBus  # noqa: PLC0415
    from tidemill.landing import LandedObject  # noqa: PLC0415
    from tidemill.pseudonyms import InMemoryKeys  # noqa: PLC0415
    from tidemill.registry import Registry  # noqa: PLC0415
    from tidemill.table import InMemoryTable  # noqa: PLC0415

    source = {"columns": COLUMNS, "tolerate": {"bad_rows": "1%"}}
    document = {"pipeline": "mixed", "target": "label", "sources": {"rows": source}}
    contract = Contract.model_validate(document | {"privacy": {"pseudonymise": ["email"]}})
    store = DiskStore(FOLDER)
    tools = Tools(
        registry=Registry(InMemoryTable()),
        store=store,
        bus=InMemoryBus(),
        keys=InMemoryKeys(),
        data="s3://data",
    )
    tools.registry.put_contract(contract)
    key = f"mixed/rows/{path.name}"
    store.link(path, f"s3://landing/{key}")
    landed = LandedObject(
        "landing", key, "1", "e", "1", path.stat().st_size, "2026-01-01T00:00:00Z"
    )
    drop = ingest(landed, tools)
    if drop is None or drop.state != "accepted":
        raise RuntimeError(f"the drop was not accepted: {drop}")
    return {"rows": drop.rows.read}


def _measure(name: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.ingestion", name, str(path)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(result.stdout)
    return found


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(run(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
