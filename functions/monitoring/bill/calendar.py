"""Days and months as bills have them, in UTC."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True)
class Month:
    """The month that a day is in."""

    name: str
    days: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.isoformat()[:7], monthrange(day.year, day.month)[1])


def hours_within(day: date, start: datetime, end: datetime | None, now: datetime) -> float:
    """How many hours of the day lie between start and end, or now for what has not ended."""
    first = datetime.combine(day, time(), UTC)
    last = min(first + timedelta(days=1), end or now)
    return max(0.0, (last - max(first, start)).total_seconds() / 3600)
