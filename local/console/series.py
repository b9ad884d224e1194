"""The lines of a dashboard's graphs, as GetMetricData and ListMetrics have them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SEARCH = re.compile(r"SEARCH\('\{(?P<schema>[^}]*)\} (?P<terms>.*)', '(?P<stat>\w+)', \d+\)")
TERM = re.compile(r'(\w+)="([^"]*)"')
BAND = "ANOMALY_DETECTION_BAND"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOST_QUERIES = 500


@dataclass(frozen=True)
class Line:
    """One line: when, in seconds since the epoch, and how much."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Graph:
    """A widget with what its lines are; `only_on_aws` names those that only CloudWatch can draw."""

    title: str
    lines: tuple[Line, ...]
    marks: tuple[tuple[str, float], ...] = ()
    only_on_aws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """A metric that a graph asks for."""

    label: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str


def graphs(widgets: Sequence[Mapping[str, Any]], cloudwatch: Any) -> list[Graph]:  # noqa: ANN401
    """Every graph among the widgets, of the last day."""
    shown = [widget["properties"] for widget in widgets if widget["type"] == "metric"]
    known = _known(cloudwatch, shown)
    wanted = [list(_wanted(properties, known)) for properties in shown]
    lines = iter(_read([each for found in wanted for each in found], cloudwatch))
    return [
        Graph(
            properties.get("title", ""),
            tuple(line for line in (next(lines) for _ in found) if line.points),
            tuple((mark.get("label", ""), float(mark["value"])) for mark in _marks(properties)),
            tuple(_bands(properties)),
        )
        for properties, found in zip(shown, wanted, strict=True)
    ]


def _known(cloudwatch: Any, shown: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:  # noqa: ANN401
    """Every metric of the namespaces that are searched."""
    expressions = [
        line[0].get("expression", "")
        for properties in shown
        for line in properties.get("metrics", [])
        if isinstance(line[0], dict)
    ]
    found = [match for each in expressions if (match := SEARCH.fullmatch(each))]
    namespaces = sorted({match["schema"].partition(",")[0] for match in found})
    pages = cloudwatch.get_paginator("list_metrics")
    return [
        metric
        for namespace in namespaces
        for page in pages.paginate(Namespace=namespace)
        for metric in page["Metrics"]
    ]


def _wanted(properties: Mapping[str, Any], known: Sequence[dict[str, Any]]) -> Iterator[Wanted]:
    """What the lines of a widget ask for; people's own may leave out what has a default."""
    for line in properties.get("metrics", []):
        if isinstance(line[0], dict):
            search = SEARCH.fullmatch(line[0].get("expression", ""))
            if search:
                yield from _search(search, known)
            continue
        options = line[-1] if isinstance(line[-1], dict) else {}
        namespace, name, *dimensions = line[:-1] if options else line
        pairs = tuple(zip(dimensions[::2], dimensions[1::2], strict=False))
        stat = options.get("stat", properties.get("stat", "Average"))
        yield Wanted(options.get("label", name), namespace, name, pairs, stat)


def _search(search: re.Match[str], known: Sequence[dict[str, Any]]) -> Iterator[Wanted]:
    """The metrics that have exactly the dimensions of the search, and the values of its terms."""
    namespace, *names = search["schema"].split(",")
    terms = dict(TERM.findall(search["terms"]))
    wanted = terms.pop("MetricName")
    for metric in known:
        found = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        if metric["Namespace"] != namespace or metric["MetricName"] != wanted:
            continue
        if set(found) == set(names) and terms.items() <= found.items():
            label = " ".join(found[name] for name in names if name not in terms)
            pairs = tuple((name, found[name]) for name in names)
            yield Wanted(label, namespace, wanted, pairs, search["stat"])


def _read(wanted: Sequence[Wanted], cloudwatch: Any) -> Iterator[Line]:  # noqa: ANN401
    """By the minute: a local cloud is seldom a day old."""
    end = datetime.now(UTC) + timedelta(minutes=1)
    for first in range(0, len(wanted), MOST_QUERIES):
        asked = wanted[first : first + MOST_QUERIES]
        queries = [_query(f"m{place}", each) for place, each in enumerate(asked)]
        answer = cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=end - DAY, EndTime=end
        )
        found = {each["Id"]: each for each in answer["MetricDataResults"]}
        for place, each in enumerate(asked):
            result = found.get(f"m{place}", {"Timestamps": [], "Values": []})
            moments = [moment.timestamp() for moment in result["Timestamps"]]
            points = zip(moments, result["Values"], strict=True)
            yield Line(each.label, tuple(sorted(points)))


def _query(name: str, wanted: Wanted) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in wanted.dimensions]
    metric = {
        "Namespace": wanted.namespace,
        "MetricName": wanted.name,
        "Dimensions": dimensions,
    }
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": wanted.stat}}


def _marks(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = properties.get("annotations", {}).get("horizontal", [])
    return found


def _bands(properties: Mapping[str, Any]) -> Iterator[str]:
    for line in properties.get("metrics", []):
        if isinstance(line[0], dict) and line[0].get("expression", "").startswith(BAND):
            yield line[0].get("label", "")
