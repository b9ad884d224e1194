"""Amounts as people write them in a contract: `1%`, `10m`, `1h`, `1 per 30d`."""

import math
import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s+per\s+(.+)")


def parse_fraction(raw: object) -> object:
    """`15%` is 0.15; a number from 0 to 1 stays as it is."""
    if isinstance(raw, str) and (match := _PERCENT.fullmatch(raw.strip())):
        raw = float(match[1]) / 100
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw <= 1:
        raise ValueError(f"write a percentage such as 15%, not {raw!r}")
    return float(raw)


def parse_duration(raw: object) -> object:
    """`90s`, `10m`, `1h`, `30d`."""
    if isinstance(raw, timedelta):
        return raw
    if isinstance(raw, str) and (match := _DURATION.fullmatch(raw.strip())):
        try:
            return timedelta(**{_UNITS[match[2]]: float(match[1])})
        except OverflowError:
            raise ValueError(f"{raw!r} is longer than anything lasts") from None
    raise ValueError(f"write a duration such as 90s, 10m, 1h or 30d, not {raw!r}")


def format_duration(value: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads back as `value`."""
    seconds = value.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def parse_rate(raw: object) -> object:
    """`1 per 30d` is 1/30 a day."""
    if isinstance(raw, str) and (match := _RATE.fullmatch(raw.strip())):
        every = parse_duration(match[2])
        if isinstance(every, timedelta) and every:
            raw = float(match[1]) / (every.total_seconds() / 86_400)
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 < raw < math.inf:
        return float(raw)
    raise ValueError(f"write a rate such as '1 per 30d', not {raw!r}")


Fraction = Annotated[float, BeforeValidator(parse_fraction)]
Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str)
]
DailyRate = Annotated[float, BeforeValidator(parse_rate)]
