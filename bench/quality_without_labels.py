"""Quality without labels, beside NannyML as it comes from PyPI, on the same streams.

    python -m bench.quality_without_labels [seeds] [kind ...]

Of each thousand rows: how far the estimate is from what the labels show, and how often its bounds
hold that; the floor is how far the truth itself is, were chances known. Features drift; what the
target means stays, as every such estimate assumes.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import quality_ours
from bench.environments import ROOT, environment
from bench.quality_streams import FITTED, NUMBERS, TOLD, every
from bench.targets import BOARD

SEEDS = 20
PATIENCE = 3_600
SURE = 1.96
LOW, HIGH = 93, 97
GROUPS = {"chances that tell": TOLD, "fitted classifiers": FITTED, "numbers": NUMBERS}

type Bounds = dict[str, list[list[float]]]
type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Compared:
    """Of a kind and a metric: errors and whether bounds hold, seeds by chunks, ours and theirs."""

    errors: Vector
    held: Vector
    peer_errors: Vector
    peer_held: Vector
    floor: float | None

    @property
    def difference(self) -> tuple[float, float]:
        """How much larger our mean error is, by the peer's, and the half of its 95 % interval."""
        apart = (self.errors - self.peer_errors).mean(axis=1) / self.peer_errors.mean()
        return float(apart.mean()), SURE * float(apart.std(ddof=1)) / len(apart) ** 0.5

    def line(self) -> str:
        """All of it, in columns."""
        mean, half = self.difference
        floor = "" if self.floor is None else f"{self.floor:.5f}"
        return (
            f"{self.errors.mean():>10.5f}{self.peer_errors.mean():>10.5f}{floor:>10}"
            f"{mean:>+9.1%} ±{half:>6.1%}{self.held.mean():>9.1%}{self.peer_held.mean():>9.1%}"
        )


def main(words: list[str] | None = None) -> None:
    """Print mean absolute errors and coverage, and hold their means to targets."""
    words = sys.argv[1:] if words is None else words
    seeds, kinds = int(words[0]) if words else SEEDS, words[1:]
    print(
        f"{'':15}{'':18}{'error':>10}{'peer':>10}{'floor':>10}{'larger':>17}{'held':>10}{'peer':>9}"
    )
    for name, known in GROUPS.items():
        found = []
        for kind in [each for each in known if not kinds or each in kinds]:
            for metric, compared in compare(kind, seeds).items():
                print(f"{kind:15}{metric:18}{compared.line()}", flush=True)
                found.append(compared)
        if found:
            _hold(name, found)


def compare(kind: str, seeds: int) -> dict[str, Compared]:
    """Both on the same streams, by metric."""
    peer = _peer(kind, seeds)
    estimate = quality_ours.of_numbers if kind in NUMBERS else quality_ours.of_classes
    ours: dict[str, list[list[tuple[float, ...]]]] = {metric: [] for metric in peer}
    for stream in every(kind, seeds):
        found = estimate(stream, list(peer))
        for metric, scores in found.items():
            shown = zip(scores, stream.chunks, strict=True)
            rows = [_row(metric, score, chunk, stream.threshold) for score, chunk in shown]
            ours[metric].append(rows)
    return {metric: _compared(np.array(rows), peer[metric]) for metric, rows in ours.items()}


def _row(metric: str, score: Any, chunk: Any, threshold: float) -> tuple[float, ...]:  # noqa: ANN401 - of a chunk
    best = quality_ours.expected(chunk, threshold, metric)
    real = quality_ours.realised(chunk, threshold, metric)
    return score.value, score.low, score.high, real, np.nan if best is None else best


def _compared(ours: Vector, peer: list[list[float]]) -> Compared:
    value, low, high, real, best = np.moveaxis(ours, 2, 0)
    theirs, below, above = (np.array(each).reshape(real.shape) for each in peer)
    return Compared(
        np.abs(value - real),
        (low <= real) & (real <= high),
        np.abs(theirs - real),
        (below <= real) & (real <= above),
        None if np.isnan(best).any() else float(np.abs(best - real).mean()),
    )


def _hold(name: str, found: list[Compared]) -> None:
    """Of all kinds and metrics together: surely no larger an error, and bounds as sure as said."""
    apart = [each.difference for each in found]
    mean = float(np.mean([m for m, _ in apart]))
    half = float(np.sqrt(np.sum([h**2 for _, h in apart]))) / len(apart)
    held = 100 * float(np.mean([each.held.mean() for each in found]))
    print(f"{name}: error larger than the peer's by {mean:+.1%} ±{half:.1%}, {held:.1f} % held\n")
    what = f"quality without labels, {name}: "
    BOARD.hold(f"{what}error larger, surely", 100 * (mean - half), 0, unit="%", most=True)
    BOARD.hold(f"{what}bounds that hold", held, LOW, unit="%")
    BOARD.hold(f"{what}bounds that hold", held, HIGH, unit="%", most=True)


def _peer(kind: str, seeds: int) -> Bounds:
    command = [str(environment("nannyml")), "-m", "bench.quality_peer", kind, str(seeds)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=clean, timeout=PATIENCE, capture_output=True, text=True, check=True
    )
    found: Bounds = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
