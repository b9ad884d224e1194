"""Moments as texts: ISO 8601, read one way wherever a timestamp comes in."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ISO_8601 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ]([01][0-9]|2[0-3])(:?[0-5][0-9](:?[0-5][0-9]([.,][0-9]+)?)?)?"
    r"(Z|[+-][0-9]{2}(:?[0-5][0-9])?)?)?"
)


def read_moment(text: str) -> datetime | None:
    """The moment in UTC, cut to microseconds; UTC without an offset; None for any other text.

    Years are those of the calendar, 1 to 9999, in UTC too.
    """
    if not ISO_8601.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def whole_seconds(moment: datetime) -> float:
    """Seconds since 1970, rounded down: a float holds each of them exactly."""
    return float((moment - EPOCH) // SECOND)
