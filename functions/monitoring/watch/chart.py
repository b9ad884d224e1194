"""Shares before and now, side by side, as an SVG."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, FOOT = 480, 120, 16


def shares_chart(
    before: Sequence[float], now: Sequence[float], ends: Sequence[str], name: str
) -> str:
    """A pair of bars for each cell; `ends` are written below the first and the last one."""
    highest = max(*before, *now, 1e-9)
    step = WIDTH / max(len(before), 1)
    bars = "".join(
        _bar(number * step + side * step * 0.42, step * 0.4, share / highest, kind)
        for number, pair in enumerate(zip(before, now, strict=True))
        for side, (share, kind) in enumerate(zip(pair, ("was", "is"), strict=True))
        if share
    )
    left, right = (escape(text[:40]) for text in ends)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + FOOT}" role="img" aria-label="Shares of'
        f' {escape(name, quote=True)} before and now">{bars}'
        f'<line class="axis" x1="0" x2="{WIDTH}" y1="{HEIGHT}" y2="{HEIGHT}"/>'
        f'<text x="0" y="{HEIGHT + 12}">{left}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 12}" text-anchor="end">{right}</text></svg>'
    )


def _bar(x: float, width: float, share: float, kind: str) -> str:
    height = share * (HEIGHT - 4)
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{HEIGHT - height:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}"/>'
    )
