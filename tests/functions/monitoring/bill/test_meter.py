"""CloudWatch's figures of a day, page by page."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from monitoring.bill.meter import CloudWatch, Query

DAY = date(2026, 11, 3)
SHELLS = {"Pipeline": "shells"}


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("cloudwatch")


def put(client: Any, metric: str, value: float, moment: datetime) -> None:  # noqa: ANN401
    dimensions = [{"Name": "Pipeline", "Value": "shells"}]
    datum = {"MetricName": metric, "Dimensions": dimensions, "Timestamp": moment, "Value": value}
    client.put_metric_data(Namespace="Tidemill", MetricData=[datum])


def test_a_day_is_summed_and_others_left_out(cloudwatch: Any) -> None:  # noqa: ANN401
    """From midnight to midnight in UTC; what was never measured is zero."""
    for hour, value in ((0, 1.0), (9, 2.0), (9, 4.0), (23, 8.0)):
        put(cloudwatch, "Predictions", value, datetime(2026, 11, 3, hour, tzinfo=UTC))
    put(cloudwatch, "Predictions", 100.0, datetime(2026, 11, 4, tzinfo=UTC))
    asked = [
        Query("Tidemill", "Predictions", SHELLS),
        Query("Tidemill", "Predictions", SHELLS, "SampleCount"),
        Query("Tidemill", "Predictions", {"Pipeline": "pears"}),
    ]
    meter = CloudWatch(cloudwatch)
    assert meter.read(asked, DAY) == [15, 4, 0]
    assert meter.hours(asked, DAY) == [3, 3, 0]


def test_more_than_one_call_holds(cloudwatch: Any) -> None:  # noqa: ANN401
    """CloudWatch answers 500 queries at a time; the order of the answers is that of the queries."""
    put(cloudwatch, "Last", 7.0, datetime(2026, 11, 3, 5, tzinfo=UTC))
    asked = [Query("Tidemill", f"None{n}", SHELLS) for n in range(600)]
    figures = CloudWatch(cloudwatch).read([*asked, Query("Tidemill", "Last", SHELLS)], DAY)
    assert figures == [0] * 600 + [7]


def test_metrics_are_found_with_their_dimensions(cloudwatch: Any) -> None:  # noqa: ANN401
    """Of a namespace, or one metric of it."""
    put(cloudwatch, "Predictions", 1.0, datetime(2026, 11, 3, tzinfo=UTC))
    put(cloudwatch, "DriftScore", 1.0, datetime(2026, 11, 3, tzinfo=UTC))
    meter = CloudWatch(cloudwatch)
    assert meter.subjects("Tidemill", "DriftScore") == [Query("Tidemill", "DriftScore", SHELLS)]
    assert len(meter.subjects("Tidemill")) == 2
