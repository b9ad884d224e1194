"""Whether more rows would help."""

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.elements import Card, join, said, table
from training.train.report.findings import Findings


def learning_curve(found: Findings) -> Card | None:
    """The metric by the number of rows learnt from."""
    given = sorted(found.part("learning_curve") or (), key=lambda point: point["rows"])
    if len(given) < 2:
        return None
    metric = found.metric
    rows = [float(point["rows"]) for point in given]
    lines = {
        what: [
            (r, float(p[key])) for r, p in zip(rows, given, strict=True) if p.get(key) is not None
        ]
        for what, key in (("validation", "validation"), ("rows learnt from", "train"))
    }
    values = [value for points in lines.values() for _, value in points]
    plane = Plane(Axis.around("rows learnt from", rows), Axis.around(metric.name, values))
    drawn = [
        plane.line(points, kind) + plane.dots(points, f"{kind} big", mark)
        for points, kind, mark in zip(
            lines.values(), ("one", "two"), ("dot", "square"), strict=True
        )
        if points
    ]
    marks = {"validation": "dot one", "rows learnt from": "square two"}
    legend = {what: marks[what] for what, points in lines.items() if points}
    chart = plane.draw(*drawn, about=f"{metric.name} by rows learnt from")
    body = [
        [f"{p['rows']:,}", figures.number(p.get("validation")), figures.number(p.get("train"))]
        for p in given
    ]
    head = ["rows", "validation", "rows learnt from"]
    numbers = table(head, body, about="Learning curve")
    return Card(
        "Learning curve",
        join(said(_words(found)), figure(chart, legend=legend, numbers=numbers)),
    )


def _words(found: Findings) -> str:
    points = sorted(found.part("learning_curve"), key=lambda point: point["rows"])
    before, after = points[-2], points[-1]
    metric = found.metric
    gain = before["validation"] - after["validation"]
    gain = gain if metric.lower_is_better else -gain
    size = abs(before["validation"])
    relative = f" ({figures.share(abs(gain) / size)})" if size else ""
    return (
        f"From {before['rows']:,} to {after['rows']:,} rows, {metric.name} on validation went from "
        f"{figures.number(before['validation'])} to {figures.number(after['validation'])}: "
        f"{'better' if gain > 0 else 'no better'}{relative if gain > 0 else ''}."
    )
