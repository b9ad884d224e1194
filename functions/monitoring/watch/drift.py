"""Whether a window has drifted: more than chance allows, and enough to matter."""

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from monitoring.watch.evidence import Finding, find_evidence
from monitoring.watch.grid import COARSE, Grid
from monitoring.watch.tally import Tally

type Table = npt.NDArray[np.int64]


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

    def of(self, windows: int, rows: int, since: str) -> "Drift":
        """The same, with what each finding was found in."""
        found = (replace(f, windows=windows, rows=rows, since=since) for f in self.findings)
        return replace(self, findings=tuple(found))

    def without(self, columns: Container[str]) -> "Drift":
        """The same, without what was found of these columns."""
        kept = (finding for finding in self.findings if finding.column not in columns)
        return replace(self, findings=tuple(kept))

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
    if not grid.columns:
        return Drift({})
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


def psi(ours: Table, theirs: Table) -> npt.NDArray[np.float64]:
    """The population stability index of each row of two tables of counts of the same cells.

    PSI = sum over cells of (p - q) ln(p / q) (Yurdakul and Naranjo, Journal of Risk Model
    Validation 14(4), 2020), with each count raised by a half; cells that no row is in are none.
    """
    used = (ours + theirs) > 0
    p, q = (np.where(used, table + 0.5, 1.0) for table in (ours, theirs))
    p, q = (each / np.where(used, each, 0.0).sum(1, keepdims=True) for each in (p, q))
    found: npt.NDArray[np.float64] = np.where(used, (p - q) * np.log(p / q), 0.0).sum(1)
    return found


def _scores(baseline: Tally, window: Tally, grid: Grid) -> dict[str, float]:
    """Over the few cells that segments have too; of columns that both have rows of."""
    width = COARSE + 1
    places = np.concatenate([each + width * place for place, each in enumerate(grid.coarse)])
    ours, theirs = (
        np.bincount(places, tally.cells[: len(places)], width * len(grid.columns))
        .reshape(-1, width)
        .astype(np.int64)
        for tally in (baseline, window)
    )
    held = np.flatnonzero(ours.sum(1) * theirs.sum(1))
    found = psi(ours[held], theirs[held]).tolist()
    return {grid.columns[place]: score for place, score in zip(held, found, strict=True)}
