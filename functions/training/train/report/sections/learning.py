"""Whether more rows would help."""

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.elements import Card, join, said, table
from training.train.report.findings import Findings
from training.train.report.words import Metric

type Point = tuple[int, float]


def learning_curve(found: Findings) -> Card | None:
    """The metric by the number of rows learnt from."""
    points = [(p["rows"], p["validation"]) for p in found.part("learning_curve") or ()]
    if len(points) < 2:
        return None
    points.sort()
    metric = found.metric
    rows, values = zip(*points, strict=True)
    plane = Plane(Axis.around("rows learnt from", rows), Axis.around(metric.name, values))
    about = f"{metric.name} on validation, by rows learnt from"
    chart = plane.draw(plane.line(points, "one"), plane.dots(points, "one big"), about=about)
    body = [[f"{count:,}", figures.number(value)] for count, value in points]
    numbers = table(["rows", metric.name], body, about=about)
    words = said(_words(metric, *points[-2:]))
    return Card("Learning curve", join(words, figure(chart, numbers=numbers)))


def _words(metric: Metric, before: Point, after: Point) -> str:
    text = (
        f"From {before[0]:,} to {after[0]:,} rows, {metric.name} on validation went from "
        f"{figures.number(before[1])} to {figures.number(after[1])}"
    )
    if not metric.worse(before[1], after[1]):
        return f"{text}: no better."
    gain = figures.share(abs(before[1] - after[1]) / abs(before[1])) if before[1] else ""
    return f"{text}: better{f' by {gain}' if gain else ''}."
