"""`make bench`: run every benchmark, and say at the end what met its target."""

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
    "whole handler": serving.main,
    "parity": parity.main,
    "cold start": cold.main,
    "servers": servers.main,
    "generated requests": fuzz.main,
    "batch": batch.main,
    "monitoring": monitoring.main,
    "quality": quality.main,
    "quality without labels": partial(quality_without_labels.main, []),
    "drift": drift.main,
    "seasons": seasons.main,
    "ingestion": ingestion.main,
}

for name, bench in ALL.items():
    print(f"\n=== {name}", flush=True)
    bench()
print(f"\n{BOARD.table()}")
