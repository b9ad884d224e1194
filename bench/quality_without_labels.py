"""Quality without labels, beside NannyML's CBPE as it comes from PyPI, on the same stream.

    python -m bench.quality_without_labels

Of each thousand rows: how far the estimate is from what the labels show, and how often its bounds
hold that. Features drift; what the target means stays, as every such estimate assumes.
"""

import json
import os
import subprocess

import numpy as np

from bench.environments import ROOT, environment
from bench.quality_streams import THRESHOLD, Chunk, chunks, reference
from monitoring.measure.estimate import Correction, Said
from monitoring.measure.scores import Judged

SEEDS = (1, 2, 3)
BINS = 10
METRICS = ("accuracy", "roc_auc")
PATIENCE = 900

type Bounds = list[list[float]]


def main() -> None:
    """Print mean absolute error and coverage."""
    print(f"{'':12}{'':>10}{'mean error':>14}{'bounds hold':>14}")
    for metric in METRICS:
        truth = [_truth(seed, metric) for seed in SEEDS]
        ours = [_ours(seed, metric) for seed in SEEDS]
        peer = [_peer(seed)[metric] for seed in SEEDS]
        for name, found in (("tidemill", ours), ("nannyml", peer)):
            values, lows, highs = (np.concatenate([f[n] for f in found]) for n in range(3))
            real = np.concatenate(truth)
            error = np.abs(values - real).mean()
            held = ((lows <= real) & (real <= highs)).mean()
            print(f"{metric:12}{name:>10}{error:>14.5f}{held:>14.1%}", flush=True)


def _truth(seed: int, metric: str) -> list[float]:
    return [_judged(chunk).metric(metric) for chunk in chunks(seed)]


def _judged(chunk: Chunk) -> Judged:
    chances, labels = chunk
    said = (chances >= THRESHOLD).astype(int)
    return Judged(labels, said, np.column_stack([1 - chances, chances]), 2)


def _ours(seed: int, metric: str) -> Bounds:
    """From the ten bins that training records of its test."""
    chances, labels = reference(seed)
    parts = np.array_split(np.argsort(chances), BINS)
    correction = Correction.of(
        [
            {
                "predicted": float(chances[rows].mean()),
                "observed": float(labels[rows].mean()),
                "rows": float(len(rows)),
            }
            for rows in parts
        ]
    )
    found: Bounds = [[], [], []]
    for said, _ in chunks(seed):
        score = Said.of(said, (said >= THRESHOLD).astype(int)).estimate(metric, correction)
        if score is None or score.low is None or score.high is None:
            raise RuntimeError("a chunk was too small to be estimated")
        for place, value in enumerate((score.value, score.low, score.high)):
            found[place].append(value)
    return found


def _peer(seed: int) -> dict[str, Bounds]:
    command = [str(environment("nannyml")), "-m", "bench.quality_peer", str(seed)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=clean, timeout=PATIENCE, capture_output=True, text=True, check=True
    )
    found: dict[str, Bounds] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
