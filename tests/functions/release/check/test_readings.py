"""Readings are CloudWatch's metrics, as the predict function writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from release.check import handler as check
from release.check.readings import CloudWatchReadings
from release.check.seen import Failures, Seen, Subject
from tests.functions.conftest import Account
from tests.functions.release.conftest import contract, model
from tidemill.aws import client
from tidemill.contract import parse_contract
from tidemill.records import Challenge, ReleaseRecord, now

CANARY = Subject("shells", "canary", 2)
SINCE = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()


def put(
    namespace: str, values: dict[str, list[float]], minutes: float = 0, **dimensions: str
) -> None:
    """Write metrics of some minutes ago, each value once."""
    moment = datetime.now(UTC) - timedelta(minutes=minutes)
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": name, "Dimensions": named, "Value": each, "Timestamp": moment}
            for name, several in values.items()
            for each in several
        ],
    )


@pytest.fixture
def readings(account: Account) -> CloudWatchReadings:
    assert account
    canary = {
        "Predictions": [10.0, 20.0],
        "InvalidPredictions": [1.0, 0.0],
        "RowLatency": [2.0],
        "PairedDifferences": [3.0, -1.0],
        "PairedSquares": [5.0, 5.0],
        "PairedFourths": [50.0, 50.0],
        "PairedLow": [2.0, 1.0],
        "PairedHigh": [8.0, 9.0],
    }
    put("Tidemill", canary, Pipeline="shells", Variant="canary", Model="2")
    put("Tidemill", {"Predictions": [99.0]}, Pipeline="shells", Variant="canary", Model="3")
    return CloudWatchReadings(client("cloudwatch"), "api", "dev")


def test_a_models_own_metrics_are_added_up(readings: CloudWatchReadings) -> None:
    """Sums, extremes and the number of latencies; those of another model are not among them."""
    assert readings.seen(CANARY, SINCE) == Seen(
        predictions=30,
        invalid=1,
        requests=1,
        differences=2,
        squares=10,
        fourths=100,
        disagreements=0,
        low=1,
        high=9,
    )
    assert readings.seen(Subject("shells", "shadow", 2), SINCE) == Seen()


def test_failures_are_the_pipelines_or_unexplained(readings: CloudWatchReadings) -> None:
    """What other pipelines failed is neither; what the API says this very minute is too early."""
    for minutes in (2, 0):
        put("AWS/ApiGateway", {"5XXError": [9.0], "Count": [40.0]}, minutes, ApiName="api")
    put("Tidemill", {"FailedRequests": [1.0], "PredictionLatency": [5.0] * 7}, Pipeline="shells")
    put("Tidemill", {"FailedRequests": [4.0]}, Pipeline="stones")
    put("Tidemill", {"FailedRequests": [5.0]}, Stage="dev")
    assert readings.failures("shells", SINCE) == Failures(1, 7, 4, 40)
    assert readings.failures("shells", datetime.now(UTC).isoformat()).asked == 0


class Percentiles:
    """CloudWatch with two hours of latencies, the later one with more requests."""

    def get_paginator(self, _operation: str) -> "Percentiles":
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the API's
        value, count = request["MetricDataQueries"]
        self.asked = value["MetricStat"]["Stat"]
        results = [
            {"Id": value["Id"], "Values": [7.0, 3.0]},
            {"Id": count["Id"], "Values": [10.0, 90.0]},
        ]
        return [{"MetricDataResults": results}]


def test_a_percentile_is_of_the_hour_with_most_requests() -> None:
    """As exact as it is asked for."""
    cloudwatch = Percentiles()
    assert CloudWatchReadings(cloudwatch, "api", "dev").latency(CANARY, SINCE, 97.25) == 3.0
    assert cloudwatch.asked == "p97.2500"


def test_the_function_looks_and_says_what_is_next(
    account: Account, readings: CloudWatchReadings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the workflow's payload to its answer, in a simulated account."""
    assert readings
    monkeypatch.setenv("TIDEMILL_API_NAME", "another")
    monkeypatch.setenv("TIDEMILL_TICK_SECONDS", "15")
    registry = account.registry
    registry.put_contract(parse_contract(contract()))
    for version in (1, 2):
        registry.put_model("shells", model(version))
    registry.promote("shells", 1, "approved", "2026-11-01T00:00:00.000Z")
    registry.claim_release("shells", ReleaseRecord(release="r2", model_version=2, started_at=now()))
    challenge = Challenge(
        model_version=2, stage="canary", share=0.2, release="r2", since=now(), approved_at=now()
    )
    registry.challenge("shells", challenge)
    asked = {"pipeline": "shells", "model_version": 2, "release": "r2", "look": 1}
    answer = check.handler(asked, None)  # type: ignore[arg-type]
    assert answer == {"outcome": "wait", "wait": 15, "reason": ""}
    record = registry.release("shells", "r2")
    assert record is not None
    assert record.predictions == {"canary": 30}
