"""`make bench`: run every benchmark, and say at the end what met its target.

    python -m bench [name ...]

Those of these names alone, in the order below.
"""

import sys
from collections.abc import Callable
from functools import partial

from bench import (
    batch,
    breakeven,
    cold,
    drift,
    explain,
    fuzz,
    inference,
    ingestion,
    monitoring,
    packages,
    parity,
    quality,
    quality_without_labels,
    seasons,
    servers,
    serving,
)
from bench.targets import BOARD

# What takes seconds first, what takes many minutes last.
ALL: dict[str, Callable[[], None]] = {
    "package": packages.main,
    "break-even": partial(breakeven.main, []),
    "inference": inference.main,
    "explanations": explain.main,
    "whole-handler": serving.main,
    "parity": parity.main,
    "cold-start": cold.main,
    "servers": servers.main,
    "generated-requests": fuzz.main,
    "batch": batch.main,
    "monitoring": monitoring.main,
    "quality": quality.main,
    "quality-without-labels": partial(quality_without_labels.main, []),
    "drift": drift.main,
    "seasons": seasons.main,
    "ingestion": ingestion.main,
}

chosen = sys.argv[1:] or list(ALL)
if strange := set(chosen) - set(ALL):
    sys.exit(f"no benchmark {', '.join(sorted(strange))}; there are {', '.join(ALL)}")
sys.argv[1:] = []  # of their own they have none here
for name, bench in ALL.items():
    if name not in chosen:
        continue
    print(f"\n=== {name}", flush=True)
    bench()
print(f"\n{BOARD.table()}")
