"""Quantiles and histograms from counts."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

from tidemill.profile.buckets import LARGEST, bucket_edges

# Round edges make some more bins or some fewer.
SPREAD = 1.5

type Bins = list[tuple[float, float, int]]


def quantiles(
    ordered: Sequence[tuple[float, int]], present: int, fractions: Iterable[float]
) -> list[float]:
    """The values at those ranks of (value, count) pairs, the smallest value first."""
    passed = list(accumulate(count for _, count in ordered))
    last = len(passed) - 1
    ranks = (fraction * (present - 1) for fraction in fractions)
    return [ordered[min(bisect_right(passed, rank), last)][0] for rank in ranks]


def edges(
    low: float, high: float, inner: tuple[float, float], bins: int, narrowest: float
) -> list[float]:
    """The edges of some `bins` bins: round numbers about `inner`, and `low` or `high` if beyond."""
    if low == high:
        return [low, low + narrowest]
    start, stop = inner if inner[0] < inner[1] else (low, high)
    width = (stop / bins - start / bins) / SPREAD
    digit, exponent = _round_up(max(width, narrowest, math.ulp(max(abs(low), abs(high)))))
    step = Fraction(digit) * Fraction(10) ** exponent
    first, last = (math.floor(Fraction(end) / step) for end in (start, stop))
    grid = [_float(number * step) for number in range(first, last + 2)]
    if high == grid[-1]:
        grid.append(_float((last + 2) * step))
    return [*([low] if low < grid[0] else []), *grid, *([high] if high > grid[-1] else [])]


def _float(value: Fraction) -> float:
    return float(min(max(value, Fraction(-LARGEST)), Fraction(LARGEST)))


def fill_exactly(between: Sequence[float], values: Mapping[float, int]) -> Bins:
    """How many of the values lie in each bin, its lower edge included, the last edge as well."""
    counts = [0] * (len(between) - 1)
    for value, count in values.items():
        counts[min(bisect_right(between, value), len(counts)) - 1] += count
    return [(a, b, n) for (a, b), n in zip(pairwise(between), counts, strict=True)]


def fill(
    between: Sequence[float], counts: Mapping[str, int], extremes: tuple[float, float]
) -> Bins:
    """The same from buckets of numbers, each spread evenly over its width; totals stay exact."""
    low, high = extremes
    buckets = sorted((*bucket_edges(name), count) for name, count in counts.items())
    starts = [max(start, low) for start, _, _ in buckets]
    passed = [0, *accumulate(count for _, _, count in buckets)]

    def below(edge: float) -> int:
        place = max(bisect_left(starts, edge) - 1, 0)
        _, stop, count = buckets[place]
        width = min(stop, high) - starts[place]
        share = (edge - starts[place]) / width if width > 0 else 1.0
        return passed[place] + round(count * min(max(share, 0.0), 1.0))

    cuts = [0, *(below(edge) for edge in between[1:-1]), passed[-1]]
    return [
        (a, b, after - before)
        for (a, b), (before, after) in zip(pairwise(between), pairwise(cuts), strict=True)
    ]


def root(square: Fraction) -> float:
    """The square root, also of what is too large for a float."""
    size = square.numerator.bit_length() - square.denominator.bit_length()
    half = (abs(size) // 2) * (1 if size > 0 else -1)
    return math.ldexp(math.sqrt(square / Fraction(4) ** half), half)


def _round_up(width: float) -> tuple[int, int]:
    """The least 1, 2 or 5 times a power of ten that is not below."""
    exponent = math.floor(math.log10(width))
    for digit in (1, 2, 5):
        if Fraction(digit) * Fraction(10) ** exponent >= Fraction(width):
            return digit, exponent
    return 1, exponent + 1
