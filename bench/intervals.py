"""Shares of what was tried, and their 95 % intervals (Wilson)."""

import math

Z = 1.96

type Counted = tuple[int, int]


def interval(counted: Counted) -> tuple[float, float]:
    """The lowest and the highest share, in percent, that so many hits of so many speak for."""
    hits, of = counted
    middle = (hits + Z * Z / 2) / (of + Z * Z)
    width = Z * math.sqrt(hits * (of - hits) / of + Z * Z / 4) / (of + Z * Z)
    return 100 * max(middle - width, 0.0), 100 * min(middle + width, 1.0)


def share(counted: Counted) -> float:
    """In percent."""
    return 100 * counted[0] / counted[1]


def upper(counted: Counted) -> float:
    """The highest share, in percent."""
    return interval(counted)[1]


def rate(counted: Counted) -> str:
    """Percent, and its interval."""
    low, high = interval(counted)
    return f"{share(counted):.1f} [{low:.1f}, {high:.1f}] %"
