"""Moments, in whole seconds since 1970, to numbers of the calendar in UTC."""

from datetime import date
from typing import Any

from tidemill.artifact.steps.step import NAN, Built, Row, sized
from tidemill.errors import ArtifactError

PARTS = ("elapsed", "month", "day", "weekday", "hour")
DAY = 86_400.0
EPOCH_DAY = date(1970, 1, 1).toordinal()


def calendar(spec: dict[str, Any], width: int) -> Built:
    """The listed parts of each moment, in this order; all of them NaN where it is missing.

    `elapsed` is in days since 1970; months and days of the month count from 1, weekdays from 0, a
    Monday; `hour` is that of the day, with its fraction.
    """
    columns = [[_part(name) for name in parts] for parts in sized(spec["columns"], width)]

    def take_apart(row: Row) -> Row:
        out: Row = []
        for cell, parts in zip(row, columns, strict=True):
            every = _parts(cell)
            out += [every[part] for part in parts]
        return out

    return take_apart, sum(map(len, columns))


def _part(name: str) -> int:
    if name not in PARTS:
        raise ArtifactError(f"a moment has no part {name!r}")
    return PARTS.index(name)


def _parts(seconds: float) -> tuple[float, ...]:
    if seconds != seconds:
        return (NAN,) * len(PARTS)
    days = seconds // DAY
    at = date.fromordinal(int(days) + EPOCH_DAY)
    hour = (seconds - days * DAY) / 3600.0
    return seconds / DAY, float(at.month), float(at.day), float(at.weekday()), hour
