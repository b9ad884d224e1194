"""What is kept of counts that grow too many, so that the order of parts makes no difference.

Each rule drops only what it would have dropped from the whole as well: merging is associative.
"""

from collections.abc import Mapping
from zlib import crc32

MAX_VALUES = 1 << 16
LEAST_VALUES = 1 << 10
TABLE_VALUES = 1 << 20
MOST_EXACT = 256
MAX_PERIODS = 1_000
# The lengths of a period's name: minute, hour, day, month, year, century.
PERIODS = (16, 13, 10, 7, 4, 2)

type Counts = dict[str, int]
type Thinned = tuple[Counts, int]


def add[Key](left: Mapping[Key, int], right: Mapping[Key, int]) -> dict[Key, int]:
    """The sum of both, key by key."""
    small, large = sorted((left, right), key=len)
    total = dict(large)
    for key, count in small.items():
        total[key] = total.get(key, 0) + count
    return total


def add_few[Key](
    left: Mapping[Key, int] | None, right: Mapping[Key, int] | None
) -> dict[Key, int] | None:
    """The sum of both while there are at most 256 keys, and None from then on."""
    if left is None or right is None:
        return None
    total = add(left, right)
    return total if len(total) <= MOST_EXACT else None


def add_values(left: Thinned, right: Thinned, most: int) -> Thinned:
    """The sum of both, of the values that outlast as many thinnings as `most` values ask for."""
    thinned = max(left[1], right[1])
    parts = [c if times == thinned else _outlasting(c, thinned) for c, times in (left, right)]
    return thin(add(*parts), thinned, most)


def thin(counts: Counts, thinned: int, most: int) -> Thinned:
    """At most `most` values, and how often they were thinned, `thinned` times before.

    Each thinning leaves out about half of the values, by their hash: those that stay have been
    counted from the first cell on.
    """
    while len(counts) > most:
        thinned += 1
        counts = _outlasting(counts, thinned)
    return counts, thinned


def most_values(columns: int) -> int:
    """How many values each of so many columns may name: a table's profile stays small."""
    return max(LEAST_VALUES, min(MAX_VALUES, TABLE_VALUES // max(columns, 1)))


def add_periods(left: Counts, right: Counts) -> Counts:
    """The sum of both by the finest periods, no finer than either, of which at most 1,000 are."""
    length = min((len(next(iter(part))) for part in (left, right) if part), default=PERIODS[0])
    return coarsen(add(_by(left, length), _by(right, length)), length)


def coarsen(counts: Counts, length: int) -> Counts:
    """Counts by the finest of at most 1,000 periods, named in at most `length` letters."""
    names = [name for name in PERIODS if name <= length]
    for name in names:
        merged = _by(counts, name)
        if len(merged) <= MAX_PERIODS:
            return merged
    return _by(counts, names[-1])


def _by(counts: Counts, length: int) -> Counts:
    merged: Counts = {}
    for period, count in counts.items():
        merged[period[:length]] = merged.get(period[:length], 0) + count
    return merged


def _outlasting(counts: Counts, thinned: int) -> Counts:
    return {label: count for label, count in counts.items() if _outlasts(label, thinned)}


def _outlasts(label: str, thinned: int) -> bool:
    mixed = (crc32(label.encode("utf-8", "surrogatepass")) * 0x9E3779B1) & 0xFFFFFFFF
    return not mixed >> (32 - thinned)
