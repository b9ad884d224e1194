"""A graph's lines as SVG, with what it shows in words."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import floor, log10

from markupsafe import Markup, escape

from local.console.series import Graph, Line

WIDTH, HEIGHT = 360, 150
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 8, 20
LEAST_SECONDS = 900.0
COLOURS = 6
MOST_LINES = 12


def draw(graph: Graph, now: float) -> Markup:
    """A figure: heading, chart, and a legend with the newest value of each line."""
    shown = graph.lines[:MOST_LINES]
    title = escape(graph.title)
    if not shown:
        body = Markup('<p class="none">No data yet.</p>')
    else:
        body = _svg(graph, shown, now) + _legend(graph, shown)
    return Markup('<figure class="card"><figcaption>{}</figcaption>{}</figure>').format(title, body)


def number(value: float) -> str:
    """Short, and as exact as three digits are: `1.2 k`, `0.00034`."""
    size = abs(value)
    for least, unit in ((1e9, " G"), (1e6, " M"), (1e4, " k")):
        if size >= least:
            return f"{value / (1e3 if unit == ' k' else least):.3g}{unit}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.3g}"


def _svg(graph: Graph, shown: Sequence[Line], now: float) -> Markup:
    first = min(points[0] for line in shown for points in line.points)
    start = min(first, now - LEAST_SECONDS)
    top = _top(max([v for line in shown for _, v in line.points] + [v for _, v in graph.marks]))
    across = (WIDTH - LEFT - RIGHT) / max(now - start, 1.0)

    def x(moment: float) -> float:
        return LEFT + (moment - start) * across

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - max(value, 0.0) / top * (HEIGHT - TOP - BOTTOM)

    parts = [*_grid(top, y(0), y(top / 2), y(top)), *_times(start, now)]
    for label, value in graph.marks:
        parts.append(
            Markup('<g class="mark"><title>{}</title><path d="M{} {:.1f}H{}"/></g>').format(
                label, LEFT, y(value), WIDTH - RIGHT
            )
        )
    for place, line in enumerate(shown):
        places = [(x(moment), y(value)) for moment, value in line.points]
        parts.append(_line(places, place % COLOURS))
    said = f"{graph.title}: " + "; ".join(
        f"{line.label} {number(line.points[-1][1])}" for line in shown
    )
    return Markup(
        '<svg class="chart" role="img" aria-label="{}" viewBox="0 0 {} {}">{}</svg>'
    ).format(said, WIDTH, HEIGHT, Markup("").join(parts))


def _line(places: Sequence[tuple[float, float]], colour: int) -> Markup:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="2.5"/>').format(x, y) for x, y in places[-60:]
    )
    return Markup('<g class="s{}"><path d="{}"/>{}</g>').format(colour, path, dots)


def _grid(top: float, *heights: float) -> Iterator[Markup]:
    for value, height in zip((0.0, top / 2, top), heights, strict=True):
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
            LEFT, WIDTH - RIGHT, height, height
        )
        yield Markup('<text x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
            LEFT - 5, height + 4, number(value)
        )


def _times(start: float, now: float) -> Iterator[Markup]:
    for moment, x, anchor in ((start, LEFT, "start"), (now, WIDTH - RIGHT, "end")):
        said = datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
        yield Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
            x, HEIGHT - 4, anchor, said
        )


def _legend(graph: Graph, shown: Sequence[Line]) -> Markup:
    item = Markup('<li class="s{}"><i></i><span>{}</span> <b>{}</b></li>')
    items = [
        item.format(place % COLOURS, line.label, number(line.points[-1][1]))
        for place, line in enumerate(shown)
    ]
    left = len(graph.lines) - len(shown)
    if left:
        items.append(Markup("<li>and {} more</li>").format(left))
    for label, value in graph.marks:
        items.append(
            Markup('<li class="mark"><i></i>{} above <b>{}</b></li>').format(label, number(value))
        )
    items += [Markup("<li>{}: on AWS only</li>").format(label) for label in graph.only_on_aws]
    return Markup("<ul>{}</ul>").format(Markup("").join(items))


def _top(most: float) -> float:
    """The next round number: 1, 2 or 5 and noughts."""
    if most <= 0:
        return 1.0
    unit = 10 ** floor(log10(most))
    return float(next(step * unit for step in (1, 2, 5, 10) if step * unit >= most))
