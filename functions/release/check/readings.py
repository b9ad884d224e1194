"""Readings from CloudWatch."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from release.check.seen import Failures, Seen, Subject

MINUTE, HOUR = 60, 3600
LATE = timedelta(minutes=-1)
SOON = timedelta(minutes=1)
SUMS = {
    "predictions": "Predictions",
    "invalid": "InvalidPredictions",
    "differences": "PairedDifferences",
    "squares": "PairedSquares",
    "fourths": "PairedFourths",
    "disagreements": "PairedDisagreements",
}


class Asked(NamedTuple):
    """Metrics of one subject, each with its statistic."""

    namespace: str
    dimensions: dict[str, str]
    wanted: Sequence[tuple[str, str]]


class CloudWatchReadings:
    """What `predict` writes of variants by pipeline, variant and model, and the API's own errors.

    No release shares a model's metrics with another, so that it does not matter where a period
    begins. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """

    def __init__(
        self,
        cloudwatch: Any,  # noqa: ANN401 - a boto3 client
        api_name: str,
        stage: str,
    ) -> None:
        self._cloudwatch = cloudwatch
        self._api = {"ApiName": api_name}
        self._stage = stage

    def seen(self, subject: Subject, since: str) -> Seen:
        wanted = [(metric, "Sum") for metric in SUMS.values()]
        wanted += [("RowLatency", "SampleCount")]
        wanted += [("PairedLow", "Minimum"), ("PairedHigh", "Maximum")]
        found = self._ask(Asked("Tidemill", _dimensions(subject), wanted), since, HOUR)
        sums = {name: sum(values) for name, values in zip(SUMS, found, strict=False)}
        requests, low, high = found[len(SUMS) :]
        return Seen(
            requests=int(sum(requests)),
            low=min(low, default=None),
            high=max(high, default=None),
            **sums,
        )

    def latency(self, subject: Subject, since: str, percent: float) -> float | None:
        """Of the hour with most requests: percentiles of hours cannot be put together."""
        wanted = [("RowLatency", f"p{percent:.4f}"), ("RowLatency", "SampleCount")]
        values, counts = self._ask(Asked("Tidemill", _dimensions(subject), wanted), since, HOUR)
        return max(zip(counts, values, strict=True), default=(0, None))[1]

    def failures(self, pipeline: str, since: str) -> Failures:
        """The API's are read up to a minute ago: what comes by logs arrives a little later."""
        named = {"Pipeline": pipeline}
        own = [("FailedRequests", "Sum"), ("PredictionLatency", "SampleCount")]
        failed, answered = self._ask(Asked("Tidemill", named, own), since, MINUTE)
        every = Asked("Tidemill", {"Stage": self._stage}, own[:1])
        (explained,) = self._ask(every, since, MINUTE)
        wanted = [("5XXError", "Sum"), ("Count", "Sum")]
        api = Asked("AWS/ApiGateway", self._api, wanted)
        errors, asked = self._ask(api, since, MINUTE, LATE)
        return Failures(
            sum(failed), sum(answered), max(sum(errors) - sum(explained), 0), sum(asked)
        )

    def _ask(
        self, asked: Asked, since: str, period: int, ends: timedelta = SOON
    ) -> list[list[float]]:
        """Every value of each metric and statistic, period by period."""
        named = [{"Name": name, "Value": value} for name, value in asked.dimensions.items()]
        queries: list[dict[str, Any]] = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": asked.namespace,
                        "MetricName": name,
                        "Dimensions": named,
                    },
                    "Period": period,
                    "Stat": statistic,
                },
            }
            for number, (name, statistic) in enumerate(asked.wanted)
        ]
        found: dict[str, list[float]] = {query["Id"]: [] for query in queries}
        begin = datetime.fromisoformat(since).replace(second=0, microsecond=0).astimezone(UTC)
        end = datetime.now(UTC) + ends
        if end <= begin:
            return list(found.values())
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=begin,
            EndTime=end,
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                found[result["Id"]] += result["Values"]
        return list(found.values())


def _dimensions(subject: Subject) -> dict[str, str]:
    return {
        "Pipeline": subject.pipeline,
        "Variant": subject.variant,
        "Model": str(subject.model),
    }
