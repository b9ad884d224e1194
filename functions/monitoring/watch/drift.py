"""Whether a window has drifted: more than chance allows, and enough to matter."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from monitoring.watch.evidence import Finding, find_evidence
from monitoring.watch.grid import Grid
from monitoring.watch.tally import Tally


@dataclass(frozen=True)
class Drift:
    """What a window shows against its baseline.

    `scores` describe every column: the population stability index. `findings` are drift, the least
    due to chance first; `evident` are columns with evidence, be it too little for drift.
    """

    scores: dict[str, float]
    findings: tuple[Finding, ...] = ()
    evident: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The largest index of any column."""
        return max(self.scores.values(), default=0.0)

    @property
    def drifted(self) -> tuple[str, ...]:
        """The columns that drifted, the one that chance explains least first."""
        return tuple(dict.fromkeys(finding.column for finding in self.findings))

    def merge(self, other: "Drift") -> "Drift":
        """Both together, where the other one looked at other columns or further back."""
        findings = sorted((*self.findings, *other.findings), key=lambda found: found.log_level)
        evident = tuple(dict.fromkeys((*self.evident, *other.evident)))
        return Drift({**other.scores, **self.scores}, tuple(findings), evident)

    def first(self, column: str) -> Finding:
        """What speaks most clearly of a column that drifted."""
        return next(finding for finding in self.findings if finding.column == column)


def measure_drift(
    baseline: Tally, window: Tally, grid: Grid, *, level: float, least_effect: float
) -> Drift:
    """Compare a window with its baseline.

    With nothing drifting, the chance that any column is called drifted is at most `level`. What
    is less than `least_effect` standard deviations is no drift, however sure.
    """
    evidence = find_evidence(baseline, window, grid)
    drifted = [
        finding
        for finding in evidence
        if finding.log_level <= math.log(level) and abs(finding.effect) >= least_effect
    ]
    evident = tuple(dict.fromkeys(finding.column for finding in evidence))
    return Drift(_scores(baseline, window, grid), tuple(_causes(drifted)), evident)


def _causes(drifted: Sequence[Finding]) -> Iterator[Finding]:
    """What is no mere consequence of another finding that is clearer.

    Where a column drifted everywhere, its segments hold other rows than they did; and where one
    drifted within segments of another, so did the other within segments of the one.
    """
    everywhere = {finding.column for finding in drifted if not finding.segment}
    pairs: set[tuple[str, str]] = set()
    for finding in drifted:
        if finding.within in everywhere or (finding.within, finding.column) in pairs:
            continue
        pairs.add((finding.column, finding.within))
        yield finding


def describe_finding(finding: Finding) -> dict[str, Any]:
    """A finding as it is recorded: its chance as a power of ten."""
    document = asdict(finding)
    del document["log_level"], document["within"]
    chance = document.pop("log_chance") / math.log(10)
    return {**document, "effect": round(finding.effect, 4), "log10_chance": round(chance, 2)}


def psi(ours: list[int], theirs: list[int]) -> float:
    """The population stability index of two counts of the same cells, each raised by a half.

    PSI = sum over cells of (p - q) ln(p / q) (Yurdakul and Naranjo, Journal of Risk Model
    Validation 14(4), 2020).
    """
    n, m = sum(ours) + len(ours) / 2, sum(theirs) + len(theirs) / 2
    shares = [((a + 0.5) / n, (b + 0.5) / m) for a, b in zip(ours, theirs, strict=True)]
    return sum((p - q) * math.log(p / q) for p, q in shares)


def _scores(baseline: Tally, window: Tally, grid: Grid) -> dict[str, float]:
    found = {}
    for place, name in enumerate(grid.columns):
        cells = slice(grid.starts[place], grid.starts[place + 1])
        ours, theirs = (
            np.bincount(grid.coarse[place], tally.cells[cells]).astype(int)
            for tally in (baseline, window)
        )
        used = (ours + theirs) > 0
        if theirs.sum() and ours.sum():
            found[name] = psi(ours[used].tolist(), theirs[used].tolist())
    return found
