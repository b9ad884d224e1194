"""The day's figures of CloudWatch: the port, and its adapter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import Any, Literal, Protocol

DAY, HOUR = 86_400, 3_600
MOST_QUERIES = 500


type Statistic = Literal["Sum", "Average", "SampleCount"]


@dataclass(frozen=True)
class Query:
    """A statistic of one metric."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: Statistic = "Sum"


class Meter(Protocol):
    """What was measured, of our own metrics and of the services'."""

    def subjects(self, namespace: str, metric: str | None = None) -> list[Query]:
        """Every metric of the last two weeks, as the query of its sum."""

    def read(self, queries: Sequence[Query], day: date) -> list[float]:
        """The figure of each over the day in UTC; 0 where there is none."""

    def hours(self, queries: Sequence[Query], day: date) -> list[int]:
        """In how many hours of the day each had any value."""


class CloudWatch:
    """A meter over CloudWatch, for whom a day is a period and metrics are listed by page."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - a boto3 client
        self._client = client

    def subjects(self, namespace: str, metric: str | None = None) -> list[Query]:
        wanted = {"Namespace": namespace, **({"MetricName": metric} if metric else {})}
        pages = self._client.get_paginator("list_metrics").paginate(**wanted)
        return [
            Query(
                namespace,
                found["MetricName"],
                {each["Name"]: each["Value"] for each in found["Dimensions"]},
            )
            for page in pages
            for found in page["Metrics"]
        ]

    def read(self, queries: Sequence[Query], day: date) -> list[float]:
        return [sum(values) for values in self._values(queries, day, DAY)]

    def hours(self, queries: Sequence[Query], day: date) -> list[int]:
        return [len(values) for values in self._values(queries, day, HOUR)]

    def _values(self, queries: Sequence[Query], day: date, period: int) -> Iterator[list[float]]:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for some in batched(queries, MOST_QUERIES, strict=False):
            found: dict[str, list[float]] = {}
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[
                    _asked(number, query, period) for number, query in enumerate(some)
                ],
                StartTime=start,
                EndTime=start + timedelta(seconds=DAY),
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    found.setdefault(result["Id"], []).extend(map(float, result["Values"]))
            yield from (found.get(f"q{number}", []) for number in range(len(some)))


def _asked(number: int, query: Query, period: int) -> dict[str, Any]:
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions.items()],
    }
    stat = {"Metric": metric, "Period": period, "Stat": query.statistic}
    return {"Id": f"q{number}", "MetricStat": stat}


class InMemoryMeter:
    """A meter that was told its figures; every day is the same, and has `hours` with values."""

    def __init__(self, figures: Mapping[tuple[str, str], float] | None = None) -> None:
        """Figures by metric and by the value of its one dimension, `|SampleCount` behind counts."""
        self._figures = dict(figures or {})
        self.known: list[Query] = []
        self.active_hours = 24

    def subjects(self, namespace: str, metric: str | None = None) -> list[Query]:
        return [
            query
            for query in self.known
            if query.namespace == namespace and metric in {None, query.metric}
        ]

    def read(self, queries: Sequence[Query], day: date) -> list[float]:  # noqa: ARG002 - all alike
        return [self._figure(query) for query in queries]

    def hours(self, queries: Sequence[Query], day: date) -> list[int]:  # noqa: ARG002 - all alike
        return [self.active_hours for _ in queries]

    def _figure(self, query: Query) -> float:
        counted = "|SampleCount" if query.statistic == "SampleCount" else ""
        subject = next(iter(query.dimensions.values()))
        return self._figures.get((f"{query.metric}{counted}", subject), 0.0)
