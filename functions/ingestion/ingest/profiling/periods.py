"""Moments by minute, hour, day, month, year or century, whichever is the finest that is few."""

import numpy as np

from tidemill.profile.keeping import MAX_PERIODS

EPOCH_YEAR = 1970
DENSE, SAMPLE = 1 << 20, 1_500
UNITS = ("m", "h", "D", "M", "Y", "C")


def count_periods(ticks: np.ndarray) -> dict[str, int]:
    """As `coarsen` counts of minutes; `ticks` are microseconds since 1970, in UTC."""
    if not ticks.size:
        return {}
    some = ticks[:: 1 + ticks.size // SAMPLE]
    for unit in UNITS:
        if unit != UNITS[-1] and np.unique(_periods(some, unit)).size > MAX_PERIODS:
            continue
        found, counts = _tally(_periods(ticks, unit))
        if found.size <= MAX_PERIODS:
            break
    return dict(zip(_names(unit, found), counts.tolist(), strict=True))


def _periods(ticks: np.ndarray, unit: str) -> np.ndarray:
    if unit == "C":
        return (_periods(ticks, "Y") + EPOCH_YEAR) // 100
    return ticks.view("datetime64[us]").astype(f"datetime64[{unit}]").astype(np.int64)


def _tally(periods: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = int(periods.min())
    if int(periods.max()) - first >= DENSE:
        return np.unique(periods, return_counts=True)
    counts = np.bincount(periods - first)
    found = np.flatnonzero(counts)
    return found + first, counts[found]


def _names(unit: str, periods: np.ndarray) -> list[str]:
    if unit == "C":
        return [f"{century:02d}" for century in periods.tolist()]
    return [str(name) for name in periods.astype(f"datetime64[{unit}]").astype(str)]
