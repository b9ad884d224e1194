"""Drift, beside Evidently, NannyML and river as they come from PyPI, on the same rows.

    python -m bench.drift [years]

How often each cries wolf, what it finds, whether it names the right column first, and at what
cost. Rates have 95 % intervals (Wilson). `years` is how many years of daily windows are drawn for
each size; without it, few.
"""

import json
import math
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import drift_ours
from bench.drift_streams import INSIDE, MOVED, Change
from bench.environments import ROOT, environment

PEERS = ("evidently", "nannyml", "river")
FEATURES = {5: 40, 50: 10, 500: 2}
ROWS = (50, 500, 5_000, 50_000)
NUMBER, OF_PEERS, LARGE, BASELINE = 40, 20, 5_000, 50_000
SMALL = 500
PATIENCE = 1_200
QUESTIONS = {
    "windows of 500 that alarm, nothing drifting": (SMALL, Change(), ""),
    "windows of 5,000 that alarm, nothing drifting": (LARGE, Change(), ""),
    "0.1 deviation of one of 16 in 5,000 rows: named first": (LARGE, Change(everywhere=0.1), MOVED),
    "1 deviation inside 6 % of 5,000 rows: named first": (LARGE, Change(inside=1.0), INSIDE),
}

type Counted = tuple[int, int]


def main() -> None:
    """Print every measure."""
    _print_years(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    _print_baselines()
    _print_questions()
    _print_speed()


def _print_years(more: int) -> None:
    print("years of 365 windows with any false alarm, of those drawn; and windows that reach a")
    print("level of 1 %, in percent (at most 1 where the chances are exact)")
    print(f"{'features':>10}{'rows':>10}{'baseline':>10}{'years':>14}{'at 1 %':>10}")
    for features, few in FEATURES.items():
        for rows in ROWS:
            for baseline in (500, 20_000):
                drawn = list(drift_ours.years(features, rows, baseline, more or few))
                alarms = sum(map(drift_ours.is_alarm, drawn))
                least = [level for year in drawn for level in year]
                odd = 100 * sum(level <= math.log(0.01) for level in least) / len(least)
                said = f"{alarms} of {len(drawn)}"
                print(f"{features:>10}{rows:>10}{baseline:>10}{said:>14}{odd:>10.2f}", flush=True)


def _print_baselines() -> None:
    print(
        "\n0.1 deviation of one of 16 features in 5,000 rows, found in one window and named first"
    )
    for baseline in (5_000, 20_000, 50_000, 200_000):
        found = [
            drift.drifted[:1] == (MOVED,)
            for seed in range(5)
            for drift in drift_ours.compare(seed, baseline, NUMBER, LARGE, Change(everywhere=0.1))
        ]
        print(f"{baseline:>12,} rows of baseline {_rate((sum(found), len(found)))}", flush=True)


def _print_questions() -> None:
    print(f"\n{'':56}" + "".join(f"{name:>18}" for name in ("tidemill", *PEERS)))
    for question, (rows, change, column) in QUESTIONS.items():
        ours = drift_ours.compare(1, BASELINE, NUMBER, rows, change)
        if column == INSIDE:
            named = sum(
                d.drifted[:1] == (column,) and d.first(column).segment == "g = e" for d in ours
            )
            print(f"{'  and the segment named':56}{_rate((named, len(ours))):>18}")
        answers: list[Counted | None] = [_count([list(drift.drifted) for drift in ours], column)]
        answers += [_ask(peer, rows, change, column) for peer in PEERS]
        print(f"{question:56}" + "".join(f"{_rate(answer):>18}" for answer in answers), flush=True)


def _print_speed() -> None:
    print("\nseconds for 100 numbers of so many rows")
    for rows in (100_000, 1_000_000):
        with TemporaryDirectory() as folder:
            found = drift_ours.measure_speed(rows, 100, Path(folder))
        print(
            f"  tidemill {rows:>10,} {found['seconds']:8.1f} s, {found['cpu']:.1f} s of CPU,",
            end="",
        )
        print(f" peak {found['peak']:.0f} MB")
    for peer in PEERS:
        told = _run({"peer": peer, "question": "speed", "rows": 100_000, "columns": 100})
        said = f"{told['seconds']:8.1f} s" if told else f"more than {PATIENCE} s"
        print(f"  {peer:9}{100_000:>10,} {said}", flush=True)


def _ask(peer: str, rows: int, change: Change, column: str) -> Counted | None:
    task = {"question": "windows", "seed": 1, "baseline": BASELINE, "windows": OF_PEERS}
    told = _run({"peer": peer, **task, "rows": rows, "change": asdict(change)})
    return _count(told["named"], column) if told else None


def _run(task: dict[str, Any]) -> dict[str, Any] | None:
    """What a peer says; None where it takes too long."""
    command = [str(environment(task["peer"])), "-m", "bench.drift_peers", json.dumps(task)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            cwd=ROOT,
            env=clean,
            timeout=PATIENCE,
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _count(named: list[list[str]], column: str) -> Counted:
    """In how many windows the column was named first, or anything where there is none to name."""
    found = [names[:1] == [column] if column else bool(names) for names in named]
    return sum(found), len(found)


def _rate(counted: Counted | None) -> str:
    """Percent, and its interval."""
    if counted is None:
        return "too slow"
    hits, of = counted
    z = 1.96
    middle = (hits + z * z / 2) / (of + z * z)
    width = z * math.sqrt(hits * (of - hits) / of + z * z / 4) / (of + z * z)
    low, high = max(middle - width, 0.0), min(middle + width, 1.0)
    return f"{100 * hits / of:.0f} [{100 * low:.0f}, {100 * high:.0f}] %"


if __name__ == "__main__":
    main()
