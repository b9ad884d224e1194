"""Charts that are tables: a bar or an interval in each row, for the eye, beside its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.train.report.elements import Html

type Interval = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where all rows are drawn."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """How far from the left edge a value lies; no further than the edges."""
        part = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(min(max(part, 0.0), 1.0) * 100, 2)


def bars(values: Sequence[float]) -> list[Html]:
    """Bars from the left of the largest value's scale; what is below zero shows as none."""
    scale = Scale(0.0, max([*values, 1e-300]))
    drawn = []
    for value in values:
        width = scale.percent(value)
        shape = f'<rect class="area one" width="{width:g}%" height="100%"/>' if width else ""
        drawn.append(Html(f'<svg class="bar" aria-hidden="true">{shape}</svg>'))
    return drawn


def whiskers(
    intervals: Sequence[Interval | None], *, at: float, kinds: Sequence[str]
) -> list[Html]:
    """Intervals (low, middle, high) on one scale, with a line `at` a value that all share."""
    known = [value for interval in intervals if interval for value in interval] + [at]
    room = (max(known) - min(known)) * 0.05 or 1.0
    scale = Scale(min(known) - room, max(known) + room)
    place = f"{scale.percent(at):g}%"
    guide = f'<line class="line guide" x1="{place}" x2="{place}" y1="0" y2="100%"/>'
    drawn = []
    for interval, kind in zip(intervals, kinds, strict=True):
        marks = _whisker(scale, interval, kind) if interval else ""
        drawn.append(Html(f'<svg class="whisker" aria-hidden="true">{guide}{marks}</svg>'))
    return drawn


def _whisker(scale: Scale, interval: Interval, kind: str) -> str:
    low, middle, high = (scale.percent(value) for value in interval)
    return (
        f'<line class="line {kind}" x1="{low:g}%" x2="{high:g}%" y1="50%" y2="50%"/>'
        f'<circle class="area {kind}" cx="{middle:g}%" cy="50%" r="4"/>'
    )
