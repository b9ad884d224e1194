"""Shares before and now, side by side, as an SVG."""

from collections.abc import Sequence
from html import escape

from tidemill.page import ends

WIDTH, HEIGHT = 480, 120


def shares_chart(
    before: Sequence[float], now: Sequence[float], outer: tuple[str, str], name: str
) -> str:
    """A pair of bars for each cell; `outer` stands below the first and the last one."""
    highest = max(*before, *now, 1e-9)
    step = WIDTH / max(len(before), 1)
    bars = "".join(
        _bar(number * step + side * step * 0.42, step * 0.4, share / highest, kind)
        for number, pair in enumerate(zip(before, now, strict=True))
        for side, (share, kind) in enumerate(zip(pair, ("was", "is"), strict=True))
        if share
    )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT + 1}" role="img" aria-label="Shares of'
        f' {escape(name)} before and now">{bars}'
        f'<path class="axis" d="M0,{HEIGHT}H{WIDTH}"/></svg>{ends(*outer)}'
    )


def _bar(x: float, width: float, share: float, kind: str) -> str:
    height = share * (HEIGHT - 4)
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{HEIGHT - height:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}"/>'
    )
