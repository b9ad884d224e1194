"""Numbers, shares, money and time as a person reads them; what is not there is a dash."""

import math
from collections.abc import Sequence

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
PERCENT = "\N{NO-BREAK SPACE}%"
DIGITS = 4
LARGE, TINY = 1e15, 1e-4


def number(value: float | None) -> str:
    """Four significant digits, fewer where they say it all; thousands grouped, a true minus."""
    if value is None or not math.isfinite(value):
        return NONE
    sign = MINUS if value < 0 else ""
    return sign + _unsigned(abs(value))


def signed(value: float | None) -> str:
    """A number with its sign."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 else text


def counted(count: int, what: str) -> str:
    """So many of them, one or more."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def aligned(values: Sequence[float]) -> list[str]:
    """Numbers of one column: as many decimals as give the largest three digits."""
    largest = max([abs(value) for value in values if math.isfinite(value)] + [0.0])
    digits = min(max(2 - math.floor(math.log10(largest)), 0), 12) if largest else 0
    return [f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", MINUS) for value in values]


def span(low: float | None, high: float | None) -> str:
    """From one number to another."""
    return f"{number(low)} to {number(high)}"


def share(part: float | None) -> str:
    """In percent; what is little is not nothing, and what is much not all."""
    if part is None or not math.isfinite(part):
        return NONE
    if 0 < part < 0.0005:
        return f"< 0.1{PERCENT}"
    if 0.9995 < part < 1:
        return f"> 99.9{PERCENT}"
    digits = 1 if part < 10 else 0
    return f"{part * 100:,.{digits}f}".removesuffix(".0") + PERCENT


def money(usd: float) -> str:
    """US dollars, to the cent, or below ten cents to two digits that matter."""
    if usd == 0 or usd >= 0.1:
        return f"${usd:,.2f}"
    return f"${usd:.{1 - math.floor(math.log10(usd))}f}"


def duration(seconds: float) -> str:
    """Two units at most."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    for unit, size, below, smaller in (("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {below}" if rest else "")
    raise AssertionError("a minute and more is one of the two")


def size(count: float) -> str:
    """Bytes in powers of 1,000."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count:.0f} bytes"


def _unsigned(value: float) -> str:
    if value < LARGE and value == int(value):
        return f"{value:,.0f}"
    if value >= LARGE or value < TINY:
        return f"{value:.3g}"
    digits = max(DIGITS - 1 - math.floor(math.log10(value)), 0)
    text = f"{value:,.{digits}f}"
    short = text.rstrip("0") if digits else text
    return short if float(short.replace(",", "")) == value else text
