"""Dashboards in CloudWatch's own form, of a stage and of a pipeline, made of the same figures.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tidemill.figures import API_LATENCY_MS, PERIOD_SECONDS, ROOMS, Figure
from tidemill.metrics import NAMESPACE

WIDTH, HEIGHT, HEADING, ACROSS = 8, 6, 1, 3
DEVIATIONS = 2
# No pipeline can be called so: names hold no blanks.
TOTAL = "every pipeline"
EXPECTED = "as expected"
type Widget = dict[str, Any]


def dashboard_name(stage: str, pipeline: str | None = None) -> str:
    """`Tidemill-<stage>`, and `Tidemill-<stage>-<pipeline>`."""
    return f"Tidemill-{stage}" if pipeline is None else f"Tidemill-{stage}-{pipeline}"


def stage_dashboard(
    stage: str, region: str, *, alarms: Sequence[str], bounds: Mapping[str, float]
) -> dict[str, Any]:
    """A row per room, in the order that data meets them, with a line for each pipeline.

    Pipelines appear by themselves, as their metrics do. `alarms` are ARNs, `bounds` what alarms on
    figures, by name, fire above where that is a setting.
    """
    rooms = {
        room: [
            _mark(_of_all(figure, stage), bounds.get(figure.name, figure.above))
            for figure in figures
        ]
        for room, figures in ROOMS.items()
    }
    rooms["Inference"] += _of_api(f"tidemill-{stage}")
    state = _placed({"type": "alarm", "properties": {"title": "Alarms", "alarms": [*alarms]}}, 0, 0)
    state |= {"width": ACROSS * WIDTH}
    return _body([state, *_rows(rooms, region, below=HEIGHT)])


def pipeline_dashboard(pipeline: str, region: str) -> dict[str, Any]:
    """The same rows for one pipeline, with a line for each of its columns or models."""
    rooms: dict[str, list[Widget]] = {}
    for room, figures in ROOMS.items():
        for figure in figures:
            if figure.by != "Stage":
                widget = _mark(_of_one(figure, pipeline), figure.above)
                rooms.setdefault(room, []).append(widget)
    return _body(_rows(rooms, region, below=0))


def _body(widgets: Iterable[Widget]) -> dict[str, Any]:
    return {"start": "-P1D", "widgets": [*widgets]}


def _rows(rooms: Mapping[str, Sequence[Widget]], region: str, *, below: int) -> Iterator[Widget]:
    """Each room under its heading, three widgets side by side."""
    for room, widgets in rooms.items():
        heading = {"type": "text", "properties": {"markdown": f"## {room}"}}
        yield _placed(heading, 0, below) | {"width": ACROSS * WIDTH, "height": HEADING}
        below += HEADING
        for place, widget in enumerate(widgets):
            widget["properties"]["region"] = region
            yield _placed(widget, WIDTH * (place % ACROSS), below + HEIGHT * (place // ACROSS))
        below += HEIGHT * -(-len(widgets) // ACROSS)


def _placed(widget: Widget, x: int, y: int) -> Widget:
    return {"x": x, "y": y, "width": WIDTH, "height": HEIGHT, **widget}


def _of_all(figure: Figure, stage: str) -> Widget:
    """A line for each pipeline, and that of the stage, which is what an alarm watches."""
    if figure.by == "Variant":
        return _graph(figure.title, _found(figure, "Pipeline", "Variant"))
    lines = _lines(figure, "Stage", stage, label=TOTAL) if figure.staged else []
    if figure.by != "Stage":
        lines += _found(figure, "Pipeline")
    return _graph(figure.title, lines)


def _of_one(figure: Figure, pipeline: str) -> Widget:
    if figure.by == "Pipeline":
        return _graph(figure.title, _lines(figure, "Pipeline", pipeline, label=figure.title))
    return _graph(figure.title, _found(figure, "Pipeline", figure.by, Pipeline=pipeline))


def _lines(figure: Figure, dimension: str, value: str, *, label: str) -> list[list[Any]]:
    """The metric of one subject, with the band of what would have been expected of it."""
    shown = {"id": "m1", "stat": figure.statistic, "label": label}
    lines: list[list[Any]] = [[NAMESPACE, figure.name, dimension, value, shown]]
    if figure.expected:
        band = f"ANOMALY_DETECTION_BAND(m1, {DEVIATIONS})"
        lines.append([{"id": "e1", "expression": band, "label": EXPECTED}])
    return lines


def _found(figure: Figure, *dimensions: str, **values: str) -> list[list[Any]]:
    """Every metric there is of these dimensions and values, each a line under its own name."""
    schema = ",".join((NAMESPACE, *dimensions))
    terms = {"MetricName": figure.name, **values}
    wanted = " ".join(f'{name}="{value}"' for name, value in terms.items())
    search = f"SEARCH('{{{schema}}} {wanted}', '{figure.statistic}', {PERIOD_SECONDS})"
    return [[{"id": "s1", "expression": search, "label": ""}]]


def _of_api(api: str) -> list[Widget]:
    """What API Gateway measures of itself: how long answers take, and how many are errors."""
    latency = [("Latency", f"p{share}") for share in (50, 95, 99)]
    errors = [("4XXError", "Sum"), ("5XXError", "Sum")]
    graphs = {"API latency, ms": latency, "API errors": errors}
    widgets = [
        _graph(
            title,
            [
                ["AWS/ApiGateway", name, "ApiName", api, {"stat": stat, "label": f"{name} {stat}"}]
                for name, stat in lines
            ],
        )
        for title, lines in graphs.items()
    ]
    _mark(widgets[0], API_LATENCY_MS)
    return widgets


def _graph(title: str, metrics: list[list[Any]]) -> Widget:
    properties = {
        "title": title,
        "view": "timeSeries",
        "period": PERIOD_SECONDS,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0}},
    }
    return {"type": "metric", "properties": properties}


def _mark(widget: Widget, above: float) -> Widget:
    """Draw what an alarm fires above; nothing where it fires above nought."""
    if above:
        line = {"label": "alarm", "value": above}
        widget["properties"]["annotations"] = {"horizontal": [line]}
    return widget
