"""Numbers, shares and moments as a person reads them, and the bins of a timeline."""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tidemill.profile import ColumnProfile

NONE = "\N{EN DASH}"
BINS = 48
ROUND, LARGE, GROUPED, TINY = 1e15, 1e5, 1e4, 1e-4


def number(value: float | None) -> str:
    """To five digits; whole numbers in full, and years without a comma."""
    if value is None:
        return NONE
    size = abs(value)
    if size < ROUND and (value == int(value) or size >= LARGE):
        return f"{value:,.0f}" if size >= GROUPED else f"{value:.0f}"
    return f"{value:.5g}" if size >= TINY else f"{value:.3g}"


def share(part: float) -> str:
    """In percent; what is little is not nothing, and what is much not all."""
    if 0 < part < 0.0005:
        return "< 0.1 %"
    if 0.9995 < part < 1:
        return "> 99.9 %"
    return f"{part:.1%}".replace(".0%", "%").replace("%", " %")


def distinct(profile: ColumnProfile) -> str:
    return f"{'' if profile.counts_exactly else '≈ '}{profile.distinct:,}"


def moment(value: datetime | None) -> str:
    if value is None:
        return NONE
    text = value.replace(tzinfo=None).isoformat(" ", "seconds")
    return text.removesuffix(" 00:00:00")


def timeline(counts: Mapping[str, int]) -> list[tuple[datetime, int]]:
    """Counts of periods in at most 48 spans of one length, each with its beginning."""
    starts = sorted((_start(period), count) for period, count in counts.items())
    if not starts:
        return []
    first, last = starts[0][0], starts[-1][0]
    spans = min(BINS, max(1, len(starts)))
    length = (last - first) / spans or timedelta(minutes=1)
    begins = [first + length * k for k in range(spans)]
    filled = [0] * spans
    for start, count in starts:
        filled[bisect_right(begins, start) - 1] += count
    return list(zip(begins, filled, strict=True))


def _start(period: str) -> datetime:
    """The beginning of a minute, hour, day, month, year or century, as profiles name them."""
    if len(period) == 2:
        return datetime(max(int(period) * 100, 1), 1, 1, tzinfo=UTC)
    full = period + "0001-01-01T00:00"[len(period) :]
    return datetime.fromisoformat(full).replace(tzinfo=UTC)
