"""Drift, beside Evidently, NannyML and river as they come from PyPI, on the same rows.

    python -m bench.drift [years]

How often each cries wolf, what it finds, whether it names the right column first, and at what
cost. Rates have 95 % intervals (Wilson). `years` is how many years of daily windows are drawn of
each size (`bench.drift_years`).
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from bench import drift_ours, drift_speed, drift_years
from bench.drift_streams import INSIDE, MOVED, Change
from bench.environments import ROOT, environment
from bench.intervals import Counted, rate, share
from bench.targets import BOARD

PEERS = ("evidently", "nannyml", "river")
NUMBER, OF_PEERS = 40, 20
SEEDS, OF_SEED = 20, 10
SMALL, LARGE, MILLION = 500, 5_000, 1_000_000
BASELINE, BASELINES = 50_000, (5_000, 20_000, 50_000)
SEGMENT = "g = e"
PATIENCE = 1_200
QUESTIONS = {
    "windows of 500 that alarm, nothing drifting": (SMALL, Change(), ""),
    "windows of 5,000 that alarm, nothing drifting": (LARGE, Change(), ""),
    "0.1 deviation of one of 16 in 5,000 rows: named first": (LARGE, Change(everywhere=0.1), MOVED),
    "1 deviation inside 6 % of 5,000 rows: named first": (LARGE, Change(inside=1.0), INSIDE),
}


def main() -> None:
    """Print every measure, and hold ours to the targets."""
    drift_years.main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    _print_baselines()
    _print_segments()
    _print_questions()
    _print_speed()


def _print_baselines() -> None:
    print("\n0.1 deviation of one of 16 in 5,000 rows: found in one window, and named first")
    for baseline in BASELINES:
        found = [
            drift
            for seed in range(SEEDS)
            for drift in drift_ours.compare(seed, baseline, OF_SEED, LARGE, Change(everywhere=0.1))
        ]
        seen = sum(MOVED in drift.drifted for drift in found), len(found)
        first = sum(drift.drifted[:1] == (MOVED,) for drift in found), len(found)
        print(f"{baseline:>12,} rows of baseline {rate(seen)}, {rate(first)}", flush=True)
        if baseline == BASELINE:
            _hold("0.1 deviation of one of 16 in 5,000 rows is found", seen, 95)
            _hold("0.1 deviation: the right column is named first", first, 90)


def _print_segments() -> None:
    print("\n1 deviation inside 6 % of 5,000 rows: the segment named, and the column first")
    found = [
        drift
        for seed in range(SEEDS)
        for drift in drift_ours.compare(seed, BASELINE, OF_SEED, LARGE, Change(inside=1.0))
    ]
    inside = [d for d in found if INSIDE in d.drifted and d.first(INSIDE).segment == SEGMENT]
    first = sum(drift.drifted[:1] == (INSIDE,) for drift in found), len(found)
    named = len(inside), len(found)
    print(f"{BASELINE:>12,} rows of baseline {rate(named)}, {rate(first)}", flush=True)
    _hold("1 deviation inside 6 %: the segment is named", named, 90)
    _hold("1 deviation inside 6 %: the right column is named first", first, 90)


def _hold(what: str, counted: Counted, target: float) -> None:
    BOARD.hold(what, share(counted), target, unit="%")


def _print_questions() -> None:
    print(f"\n{'':56}" + "".join(f"{name:>18}" for name in ("tidemill", *PEERS)))
    for question, (rows, change, column) in QUESTIONS.items():
        ours = drift_ours.compare(1, BASELINE, NUMBER, rows, change)
        answers: list[Counted | None] = [_count([list(drift.drifted) for drift in ours], column)]
        answers += [_ask(peer, rows, change, column) for peer in PEERS]
        said = "".join(f"{rate(each) if each else 'too slow':>18}" for each in answers)
        print(f"{question:56}{said}", flush=True)


def _print_speed() -> None:
    print("\nfor 100 numbers of so many rows")
    found = drift_speed.measure_speed(MILLION, 100)
    print(
        f"  tidemill {MILLION:>10,} {found['seconds']:8.1f} s, {found['cpu']:.1f} s of CPU,"
        f" peak {found['peak']:.0f} MB"
    )
    BOARD.hold("1,000,000 rows of 100 numbers compared", found["seconds"], 10, unit="s", most=True)
    BOARD.hold("the same, at the peak", found["peak"], 512, unit="MB", most=True)
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


if __name__ == "__main__":
    main()
