"""Readings from CloudWatch."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from release.check.seen import Seen, Subject

MINUTE, HOUR = 60, 3600
SUMS = {
    "predictions": "Predictions",
    "invalid": "InvalidPredictions",
    "differences": "PairedDifferences",
    "squares": "PairedSquares",
    "fourths": "PairedFourths",
    "disagreements": "PairedDisagreements",
}


class CloudWatchReadings:
    """What `predict` writes of variants by pipeline, variant and model, and the API's own errors.

    No release shares a model's metrics with another, so that it does not matter where a period
    begins. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """

    def __init__(self, cloudwatch: Any, api_name: str) -> None:  # noqa: ANN401 - a boto3 client
        self._cloudwatch = cloudwatch
        self._api = {"ApiName": api_name}

    def seen(self, subject: Subject, since: str) -> Seen:
        wanted = [(metric, "Sum") for metric in SUMS.values()]
        wanted += [("RowLatency", "SampleCount")]
        wanted += [("PairedLow", "Minimum"), ("PairedHigh", "Maximum")]
        found = self._ask("Tidemill", _dimensions(subject), wanted, since, HOUR)
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
        values, counts = self._ask("Tidemill", _dimensions(subject), wanted, since, HOUR)
        return max(zip(counts, values, strict=True), default=(0, None))[1]

    def failures(self, since: str) -> tuple[float, float]:
        wanted = [("5XXError", "Sum"), ("Count", "Sum")]
        failed, asked = self._ask("AWS/ApiGateway", self._api, wanted, since, MINUTE)
        return sum(failed), sum(asked)

    def _ask(
        self,
        namespace: str,
        dimensions: dict[str, str],
        wanted: Sequence[tuple[str, str]],
        since: str,
        period: int,
    ) -> list[list[float]]:
        """Every value of each metric and statistic, period by period."""
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        queries: list[dict[str, Any]] = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {"Namespace": namespace, "MetricName": name, "Dimensions": named},
                    "Period": period,
                    "Stat": statistic,
                },
            }
            for number, (name, statistic) in enumerate(wanted)
        ]
        found: dict[str, list[float]] = {query["Id"]: [] for query in queries}
        pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries,
            StartTime=datetime.fromisoformat(since).replace(second=0, microsecond=0),
            EndTime=datetime.now(UTC) + timedelta(minutes=1),
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
