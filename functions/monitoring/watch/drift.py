"""How far a window's columns lie from the baseline's: the population stability index.

PSI = sum over bins of (p - q) ln(p / q). With n and m rows and nothing drifting it is distributed
as chi-square with bins - 1 degrees of freedom, times 1/n + 1/m (Yurdakul and Naranjo, Statistical
properties of the population stability index, Journal of Risk Model Validation 14(4), 2020). A
feature has drifted when its PSI is larger than chance allows and large enough to matter.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from tidemill.profile import ColumnProfile, Profile, bucket_value

MATTERS = 0.1
BINS = 10
RARE = 0.01


@dataclass(frozen=True)
class Drift:
    """Each feature's PSI, and those that drifted, the strongest first."""

    scores: dict[str, float]
    drifted: tuple[str, ...]

    @property
    def score(self) -> float:
        """The largest PSI of any feature."""
        return max(self.scores.values(), default=0.0)


def measure_drift(baseline: Profile, window: Profile, false_alarms: float) -> Drift:
    """Compare the columns that both profiles have.

    `false_alarms` is the share of windows in which any feature may be called drifted by chance;
    it is divided by the number of features (Bonferroni).
    """
    shared = [name for name in baseline.columns if name in window.columns]
    level = min(false_alarms, 0.5) / max(len(shared), 1)
    scores, drifted = {}, []
    for name in shared:
        bins = bin_counts(baseline.columns[name], window.columns[name])
        scores[name] = psi(bins)
        if scores[name] > max(MATTERS, chance(bins, level)):
            drifted.append(name)
    strongest = sorted(drifted, key=lambda name: -scores[name])
    return Drift(scores, tuple(strongest))


def psi(bins: list[tuple[int, int]]) -> float:
    """The index over (baseline, window) counts, each raised by a half so that none is zero."""
    n = sum(count for count, _ in bins) + len(bins) / 2
    m = sum(count for _, count in bins) + len(bins) / 2
    shares = [((a + 0.5) / n, (b + 0.5) / m) for a, b in bins]
    return sum((p - q) * math.log(p / q) for p, q in shares)


def chance(bins: list[tuple[int, int]], level: float) -> float:
    """The PSI that chance alone exceeds with probability `level`."""
    n, m = sum(ours for ours, _ in bins), sum(theirs for _, theirs in bins)
    freedom = len(bins) - 1
    if not (n and m and freedom):
        return math.inf
    return chi_square_quantile(1 - level, freedom) * (1 / n + 1 / m)


def chi_square_quantile(probability: float, freedom: int) -> float:
    """Wilson and Hilferty's approximation (1931), within 1 % where it is used here."""
    z = NormalDist().inv_cdf(probability)
    spread = 2 / (9 * freedom)
    root: float = 1 - spread + z * math.sqrt(spread)
    return freedom * root * root * root


def bin_counts(baseline: ColumnProfile, window: ColumnProfile) -> list[tuple[int, int]]:
    """Counts of both in the baseline's deciles or frequent values, and of the missing."""
    bins = _deciles(baseline, window) if baseline.kind == "number" else _values(baseline, window)
    if baseline.nulls or window.nulls:
        bins.append((baseline.nulls, window.nulls))
    return bins


def _deciles(baseline: ColumnProfile, window: ColumnProfile) -> list[tuple[int, int]]:
    tallies = {
        name: (baseline.counts.get(name, 0), window.counts.get(name, 0))
        for name in baseline.counts.keys() | window.counts.keys()
    }
    full = baseline.present / BINS
    bins: list[tuple[int, int]] = []
    ours = theirs = 0
    for name in sorted(tallies, key=bucket_value):
        ours, theirs = ours + tallies[name][0], theirs + tallies[name][1]
        if ours >= full and len(bins) < BINS - 1:
            bins.append((ours, theirs))
            ours = theirs = 0
    return [*bins, (ours, theirs)] if ours or theirs else bins


def _values(baseline: ColumnProfile, window: ColumnProfile) -> list[tuple[int, int]]:
    frequent = [name for name, count in baseline.counts.items() if count >= RARE * baseline.present]
    bins = [(baseline.counts[name], window.counts.get(name, 0)) for name in frequent]
    ours = baseline.present - sum(a for a, _ in bins)
    theirs = window.present - sum(b for _, b in bins)
    return [*bins, (ours, theirs)] if ours or theirs else bins
