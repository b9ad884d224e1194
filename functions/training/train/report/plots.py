"""Small inline SVG charts that take their colours from the page and scale to its width."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, PAD = 360, 240, 34

type Points = Sequence[tuple[float, float]]


def scatter(points: Points, *, x: str, y: str, diagonal: bool = False) -> str:
    """Dots; `diagonal` draws the line on which both axes agree, over one common range."""
    frame = _Frame.around(points, square=diagonal)
    dots = "".join(
        f'<circle class="dot" cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="2"/>'
        for a, b in points
    )
    guide = frame.line([(frame.left, frame.left), (frame.right, frame.right)], "guide")
    return frame.draw((guide if diagonal else "") + dots, x=x, y=y)


def steps(points: Points, running: Points, *, x: str, y: str) -> str:
    """Dots, and the line of the best so far."""
    frame = _Frame.around([*points, *running])
    dots = "".join(
        f'<circle class="dot" cx="{frame.x(a):.1f}" cy="{frame.y(b):.1f}" r="2.5"/>'
        for a, b in points
    )
    return frame.draw(dots + frame.line(running, "curve"), x=x, y=y)


def curve(points: Points, *, x: str, y: str) -> str:
    """A line in the unit square with its diagonal."""
    frame = _Frame(0.0, 1.0, 0.0, 1.0)
    return frame.draw(frame.line([(0, 0), (1, 1)], "guide") + frame.line(points, "curve"), x=x, y=y)


def bars(values: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars, labelled; negative values show as none."""
    top = max([value for _, value in values] + [1e-12])
    rows = []
    for k, (label, value) in enumerate(values):
        length = max(value, 0.0) / top * 180
        rows.append(
            f'<text x="126" y="{k * 22 + 15}" text-anchor="end">{escape(label[:18])}</text>'
            f'<rect class="bar" x="132" y="{k * 22 + 4}" width="{length:.1f}" height="14"/>'
            f'<text x="{136 + length:.1f}" y="{k * 22 + 15}">{value:.3g}</text>'
        )
    return _svg("".join(rows), len(values) * 22 + 4)


class _Frame:
    def __init__(self, left: float, right: float, bottom: float, top: float) -> None:
        self.left, self.right, self.bottom, self.top = left, right, bottom, top

    @classmethod
    def around(cls, points: Points, *, square: bool = False) -> "_Frame":
        xs, ys = [a for a, _ in points] or [0.0], [b for _, b in points] or [0.0]
        if square:
            xs = ys = [*xs, *ys]
        return cls(min(xs), max(xs), min(ys), max(ys))

    def x(self, value: float) -> float:
        return PAD + (value - self.left) / (self.right - self.left or 1.0) * (WIDTH - 2 * PAD)

    def y(self, value: float) -> float:
        return (
            HEIGHT
            - PAD
            - (value - self.bottom) / (self.top - self.bottom or 1.0) * (HEIGHT - 2 * PAD)
        )

    def line(self, points: Points, kind: str) -> str:
        path = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in points)
        return f'<polyline class="{kind}" points="{path}"/>'

    def draw(self, content: str, *, x: str, y: str) -> str:
        base, end = HEIGHT - PAD, WIDTH - PAD
        axes = (
            f'<path class="axis" d="M{PAD},{PAD} V{base} H{end}"/>'
            f'<text x="{PAD}" y="{base + 14}">{self.left:.3g}</text>'
            f'<text x="{end}" y="{base + 14}" text-anchor="end">{self.right:.3g}</text>'
            f'<text x="{PAD - 4}" y="{base}" text-anchor="end">{self.bottom:.3g}</text>'
            f'<text x="{PAD - 4}" y="{PAD + 4}" text-anchor="end">{self.top:.3g}</text>'
            f'<text x="{WIDTH / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x)}</text>'
            f'<text x="{PAD}" y="16">{escape(y)}</text>'
        )
        return _svg(axes + content, HEIGHT)


def _svg(content: str, height: float) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img">{content}</svg>'
