"""A plane with two axes, on which charts are drawn as inline SVG in the page's own colours."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from training.train.report.elements import Html

WIDTH, HEIGHT = 340, 240
LEFT, RIGHT, TOP, BOTTOM = 50, 12, 26, 40
STEPS = (1, 2, 2.5, 5, 10)
SAME = 1e-6
UNITS = (("G", 1e9), ("M", 1e6), ("k", 1e3))

type Points = Iterable[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured along an axis, from where to where.

    `log` axes lie above zero; the ticks of `whole` ones are whole numbers.
    """

    label: str
    low: float
    high: float
    log: bool = False
    percent: bool = False
    whole: bool = False

    @classmethod
    def around(
        cls, label: str, values: Sequence[float], *, log: bool = False, margin: float = 0.04
    ) -> "Axis":
        """An axis that holds all the values with some room; of finite ones only."""
        known = [v for v in values if math.isfinite(v) and (v > 0 or not log)] or [0.0, 1.0]
        low, high = min(known), max(known)
        if log:
            return cls(label, low / 1.3, high * 1.3, log=True)
        size = max(abs(low), abs(high))
        room = (high - low) * margin if high - low > size * SAME else size * 0.1 or 1.0
        return cls(label, low - room, high + room)

    def position(self, value: float) -> float:
        """Where a value lies, from 0 to 1; what lies outside is moved to the edge."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def ticks(self) -> list[float]:
        """About five round values."""
        if self.log:
            return self._decades()
        step = self._step()
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [k * step for k in range(first, last + 1)]

    def spelt(self, ticks: Sequence[float]) -> list[str]:
        """Ticks with as many digits as tell them apart."""
        if self.percent:
            return [f"{text}%" for text in _alike([100 * t for t in ticks], 100 * self._step())]
        if self.log or len(ticks) < 2:
            return [f"{tick:.3g}" if tick >= 1e6 or tick < 1e-4 else f"{tick:,g}" for tick in ticks]
        return _alike(ticks, ticks[1] - ticks[0])

    def _step(self) -> float:
        rough = (self.high - self.low) / 5
        size: float = 10.0 ** math.floor(math.log10(rough))
        step = next(size * k for k in STEPS if size * k >= rough * 0.999)
        return max(step, 1.0) if self.whole else step

    def _decades(self) -> list[float]:
        low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        factors = (1,) if high - low > 4 else (1, 3) if high - low > 1 else (1, 2, 5)
        found = [10.0**k * factor for k in range(low, high + 1) for factor in factors]
        return [value for value in found if self.low <= value <= self.high]


@dataclass(frozen=True, slots=True)
class Plane:
    """Two axes; marks are drawn in the order of the fragments given to `draw`."""

    x: Axis
    y: Axis

    def at(self, a: float, b: float) -> tuple[float, float]:
        """Where a point lies in the drawing."""
        across = LEFT + self.x.position(a) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - self.y.position(b) * (HEIGHT - TOP - BOTTOM)
        return round(across, 1), round(down, 1)

    def line(self, points: Points, kind: str) -> str:
        """A line from point to point."""
        return _path("M" + "L".join(self._spelt(points)), f"line {kind}")

    def steps(self, points: Points, kind: str) -> str:
        """A line that holds its height until the next point."""
        found = [self.at(a, b) for a, b in points]
        if not found:
            return ""
        path = f"M{found[0][0]:g},{found[0][1]:g}"
        path += "".join(f"H{a:g}V{b:g}" for a, b in found[1:])
        return _path(path, f"line {kind}")

    def band(self, lower: Points, upper: Points, kind: str = "band") -> str:
        """The area between two lines."""
        outline = [*self._spelt(lower), *reversed(self._spelt(upper))]
        return _path("M" + "L".join(outline) + "Z", kind)

    def dots(self, points: Points, kind: str, mark: str = "dot") -> str:
        """A mark for each point: `dot`, `square`, `cross`, `diamond`, or `up`."""
        path = "".join(f"M{place}{MARKS[mark]}" for place in self._spelt(points))
        return _path(path, f"{mark} {kind}") if path else ""

    def bars(self, bars: Iterable[tuple[float, float, float]], kind: str) -> str:
        """Upright bars: from, to, and how high."""
        path = ""
        for low, high, value in bars:
            (left, foot), (right, head) = self.at(low, 0.0), self.at(high, value)
            path += f"M{left + 0.5:g},{foot:g}V{head:g}H{right - 0.5:.4g}V{foot:g}z"
        return _path(path, f"area {kind}") if path else ""

    def draw(self, *content: str, about: str) -> Html:
        """The chart; `about` is told instead of seen."""
        return Html(
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{escape(about)}"><title>{escape(about)}</title>'
            f"{self._across()}{self._up()}{''.join(content)}</svg>"
        )

    def _across(self) -> str:
        base, ticks = HEIGHT - BOTTOM, self.x.ticks()
        marks = "".join(
            f'<text x="{self.at(tick, self.y.low)[0]:g}" y="{base + 15}" '
            f'text-anchor="middle">{escape(text)}</text>'
            for tick, text in zip(ticks, self.x.spelt(ticks), strict=True)
        )
        label = f'<text class="label" x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">'
        axis = f'<path class="axis" d="M{LEFT},{base}H{WIDTH - RIGHT}"/>'
        return f"{marks}{label}{escape(self.x.label)}</text>{axis}"

    def _up(self) -> str:
        ticks = self.y.ticks()
        heights = [self.at(self.x.low, tick)[1] for tick in ticks]
        grid = "".join(f"M{LEFT},{height:g}H{WIDTH - RIGHT}" for height in heights)
        marks = "".join(
            f'<text x="{LEFT - 6}" y="{height + 4:g}" text-anchor="end">{escape(text)}</text>'
            for height, text in zip(heights, self.y.spelt(ticks), strict=True)
        )
        label = f'<text class="label" x="2" y="13">{escape(self.y.label)}</text>'
        return f'<path class="grid" d="{grid}"/>{marks}{label}'

    def _spelt(self, points: Points) -> list[str]:
        return ["{:g},{:g}".format(*self.at(a, b)) for a, b in points]


MARKS: dict[str, str] = {
    "dot": "h0",
    "square": "m-3,-3h6v6h-6z",
    "diamond": "m0,-4l4,4l-4,4l-4,-4z",
    "up": "m0,-4l4,7h-8z",
    "cross": "m-3,-3l6,6m0,-6l-6,6",
}


def _alike(ticks: Sequence[float], step: float) -> list[str]:
    """Ticks in one unit, with as many decimals as the step asks for."""
    largest = max(abs(tick) for tick in ticks)
    if largest >= 1e12 or step < 1e-6:
        digits = max(0, math.ceil(math.log10(largest / step)))
        return [f"{tick:.{digits}e}" if tick else "0" for tick in ticks]
    unit, size = next(((u, n) for u, n in UNITS if largest >= n * 100 and step >= n), ("", 1))
    digits = max(0, 1 - math.floor(math.log10(step / size * 1.001)))
    texts = [f"{tick / size + 0.0:,.{digits}f}" for tick in ticks]
    while "." in texts[0] and all(text.endswith(("0", ".")) for text in texts):
        texts = [text[:-1] for text in texts]
    return [f"{text}{unit}" for text in texts]


def _path(path: str, kind: str) -> str:
    return f'<path class="{kind}" d="{path}"/>'
