"""Small inline SVG charts that take their colours from the page and scale to its width."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tidemill.page import ends

WIDTH, HEIGHT, BASE, GAP = 360, 95, 94, 1.0


@dataclass(frozen=True)
class Bar:
    """A count, what it counts, and whether it gathers what lies out on one side."""

    label: str
    count: int
    tail: bool = False


def columns(bars: Sequence[Bar], outer: tuple[str, str], said: str) -> str:
    """Upright bars over an axis with `outer` below its ends; `said` is told instead of seen."""
    top = max([bar.count for bar in bars] + [1])
    step = WIDTH / max(len(bars), 1)
    width = max(step - GAP, 0.5)
    paths = dict.fromkeys(("bar", "tail"), "")
    for k, bar in enumerate(bars):
        if bar.count:
            height = max(bar.count / top * (BASE - 4), 1)
            path = f"M{k * step:.1f},{BASE}v-{height:.0f}h{width:.1f}v{height:.0f}z"
            paths["tail" if bar.tail else "bar"] += path
    shapes = "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in paths.items() if path)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">'
        f'{shapes}<path class="axis" d="M0,{BASE}H{WIDTH}"/></svg>{ends(*outer)}'
    )


def share(part: float, kind: str = "bar") -> str:
    """A bar of a share between 0 and 1, for the eye only: the number stands beside it."""
    width = min(max(part, 0.0), 1.0) * 100
    bar = f'<rect class="{kind}" width="{width:.4g}%" height="100%"/>' if width else ""
    return f'<svg class="share" aria-hidden="true">{bar}</svg>'
