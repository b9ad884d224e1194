"""How predicted numbers fit: against the truth, and how the errors lie."""

import numpy as np

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.elements import Card, Html, join, said, table
from training.train.report.findings import Findings

DOTS, CELLS, SHADES = 800, 40, 5
BINS, GROUPS = 25, 10
FAR = 3.0


def predicted(found: Findings) -> Card | None:
    """Predicted against actual: a dot for each row, squares where rows are many."""
    if found.classes or not len(found.y):
        return None
    y, outputs = found.y.astype(float), found.outputs.astype(float)
    low, high = _range(np.concatenate([y, outputs]))
    unit = f" ({found.metric.unit})" if found.metric.unit else ""
    plane = Plane(
        Axis.around(f"predicted{unit}", (low, high)), Axis.around(f"actual{unit}", (low, high))
    )
    ends = (plane.x.low, plane.x.high)
    outside = int(((np.minimum(y, outputs) < low) | (np.maximum(y, outputs) > high)).sum())
    many = len(y) > DOTS
    marks = _squares(plane, outputs, y) if many else _dots(plane, outputs, y)
    correlation = float(np.corrcoef(y, outputs)[0, 1]) if min(y.std(), outputs.std()) > 0 else 0.0
    about = (
        f"Predicted against actual of {len(y):,} test rows, with a correlation of {correlation:.2f}"
    )
    chart = plane.draw(marks, plane.line(zip(ends, ends, strict=True), "guide"), about=about)
    legend = {"test rows, stronger where many": "area one"} if many else {"a test row": "dot one"}
    text = "On the dashed line, a prediction is exact."
    if outside:
        lie, are = ("row lies", "is") if outside == 1 else ("rows lie", "are")
        text += f" {outside:,} {lie} beyond the edges and {are} drawn there."
    return Card(
        "Predicted and actual",
        join(said(text), figure(chart, legend=legend, numbers=_quantiles(y, outputs))),
    )


def residuals(found: Findings) -> Card | None:
    """How the errors are spread."""
    if found.classes or not len(found.y):
        return None
    errors = found.y.astype(float) - found.outputs.astype(float)
    low, high = _range(errors)
    low, high = (low, high) if low < high else (low - 1.0, high + 1.0)
    edges = np.linspace(low, high, BINS + 1)
    counts = np.histogram(np.clip(errors, low, high), edges)[0].tolist()
    unit = f" ({found.metric.unit})" if found.metric.unit else ""
    plane = Plane(
        Axis(f"actual − predicted{unit}", float(low), float(high)),  # noqa: RUF001 - a minus
        Axis("rows", 0.0, max(counts) * 1.05, whole=True),
    )
    bars = list(zip(edges[:-1].tolist(), edges[1:].tolist(), counts, strict=True))
    about = f"Histogram of {len(errors):,} errors; most are between {figures.span(*_most(bars))}"
    zero = plane.line([(0.0, 0.0), (0.0, plane.y.high)], "guide")
    chart = plane.draw(plane.bars(bars, "one"), zero, about=about)
    rows = [[figures.span(a, b), f"{count:,}"] for a, b, count in bars]
    numbers = table(["error", "rows"], rows, about="Errors")
    return Card("Errors", join(said(_spread(errors, found)), figure(chart, numbers=numbers)))


def by_prediction(found: Findings) -> Card | None:
    """Where along the predictions errors are large, or lean to one side."""
    if found.classes or len(found.y) < GROUPS * 5:
        return None
    errors = found.y.astype(float) - found.outputs.astype(float)
    groups = np.array_split(np.argsort(found.outputs, kind="stable"), GROUPS)
    across = [float(np.mean(found.outputs[rows])) for rows in groups]
    parts = [np.quantile(errors[rows], [0.1, 0.5, 0.9]).tolist() for rows in groups]
    lower, middle, upper = (
        list(zip(across, column, strict=True)) for column in zip(*parts, strict=True)
    )
    unit = f" ({found.metric.unit})" if found.metric.unit else ""
    plane = Plane(
        Axis.around(f"predicted{unit}", across),
        Axis.around(f"actual − predicted{unit}", [0.0, *(v for part in parts for v in part)]),  # noqa: RUF001 - a minus
    )
    zero = plane.line([(plane.x.low, 0.0), (plane.x.high, 0.0)], "guide")
    chart = plane.draw(
        plane.band(lower, upper), zero, plane.line(middle, "one"), about="Errors by prediction"
    )
    rows = [
        [figures.number(a), f"{len(r):,}", *map(figures.signed, part)]
        for a, r, part in zip(across, groups, parts, strict=True)
    ]
    head = ["predicted, on average", "rows", "10 %", "median error", "90 %"]
    legend = {"median error": "line one", "eight in ten errors": "band"}
    body = figure(chart, legend=legend, numbers=table(head, rows, about="Errors by prediction"))
    text = "Above the dashed line, predictions are too low. Each tenth of the rows is one point."
    return Card("Errors by prediction", join(said(text), body))


def _spread(errors: np.ndarray, found: Findings) -> str:
    half, most = np.quantile(np.abs(errors), [0.5, 0.9]).tolist()
    bias, unit = float(errors.mean()), f" {found.metric.unit}" if found.metric.unit else ""
    side = "low" if bias > 0 else "high"
    return (
        f"Half of the predictions are within {figures.number(half)}{unit} of the truth, nine in "
        f"ten within {figures.number(most)}{unit}; on average they are "
        f"{figures.number(abs(bias))}{unit} too {side}."
    )


def _range(values: np.ndarray) -> tuple[float, float]:
    """From the least to the most, but for values very far from nearly all others."""
    low, high = float(values.min()), float(values.max())
    inner = np.quantile(values, [0.005, 0.995]).tolist()
    room = (inner[1] - inner[0]) * FAR or 1.0
    return max(low, inner[0] - room), min(high, inner[1] + room)


def _dots(plane: Plane, across: np.ndarray, up: np.ndarray) -> str:
    return plane.dots(zip(across.tolist(), up.tolist(), strict=True), "one")


def _squares(plane: Plane, across: np.ndarray, up: np.ndarray) -> str:
    """All rows on a grid of squares in a few shades, by the logarithm of their count."""
    edges = np.linspace(plane.x.low, plane.x.high, CELLS + 1)
    inside = (np.clip(across, edges[0], edges[-1]), np.clip(up, edges[0], edges[-1]))
    counts = np.histogram2d(*inside, bins=[edges, edges])[0]
    shades = np.ceil(np.log1p(counts) / np.log1p(counts.max()) * SHADES).astype(int)
    drawn = []
    for shade in range(1, SHADES + 1):
        path = ""
        for a, b in np.argwhere(shades == shade).tolist():
            (left, foot), (right, head) = (
                plane.at(edges[a], edges[b]),
                plane.at(edges[a + 1], edges[b + 1]),
            )
            path += f"M{left:g},{foot:g}V{head:g}H{right:g}V{foot:g}z"
        drawn.append(f'<path class="area one s{shade}" d="{path}"/>' if path else "")
    return "".join(drawn)


def _most(bars: list[tuple[float, float, int]]) -> tuple[float, float]:
    low, high, _ = max(bars, key=lambda bar: bar[2])
    return low, high


def _quantiles(y: np.ndarray, outputs: np.ndarray) -> Html:
    parts = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    rows = [
        [f"{part:.0%}", figures.number(a), figures.number(b)]
        for part, a, b in zip(
            parts, np.quantile(y, parts).tolist(), np.quantile(outputs, parts).tolist(), strict=True
        )
    ]
    return table(["quantile", "actual", "predicted"], rows, about="Quantiles")
