"""What a day cost, from what services counted, by the pipelines it was for."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from monitoring.bill.meter import Query
from monitoring.bill.rest import Standing, of_alarm
from tests.functions.monitoring.bill.conftest import Stage
from tidemill.costs import STAGE, month_of
from tidemill.errors import UnknownPriceError

DAY, LATER = date(2026, 11, 3), date(2126, 11, 3)
WRITES, LANDING = "ConsumedWriteCapacityUnits", "tidemill-dev-storage-landing"
STORED = {"BucketName": LANDING, "StorageType": "StandardStorage"}
PREDICT, INGEST = "Tidemill-dev-Inference-Predict-1", "Tidemill-dev-Ingestion-Ingest-2"
INPUT = '{"pipeline": "pears"}'
ANSWERED = {
    ("Predictions", "shells"): 3000.0,
    ("Predictions", "pears"): 1000.0,
    ("PredictionLatency", "shells"): 900.0,
    ("PredictionLatency", "pears"): 100.0,
    ("PredictionLatency|SampleCount", "shells"): 30.0,
    ("PredictionLatency|SampleCount", "pears"): 10.0,
    ("Invocations", PREDICT): 40.0,
    ("Duration", PREDICT): 2000.0,
    ("Count", "tidemill-dev"): 60.0,
}


def usd(stage: Stage, pipeline: str, day: date = DAY) -> dict[str, float]:
    return stage.registry.month_cost(pipeline, month_of(day)).by_room


def test_predictions_are_paid_for_by_whom_they_answered(stage: Stage) -> None:
    """Seconds by the time that each took, requests by their number; API and function both."""
    stage.figures = ANSWERED
    stage.biller().bill(DAY)
    shells = stage.registry.month_cost("shells", "2026-11")
    (day,) = shells.ledger["inference"].values()
    quantities = {(line.unit, line.answering): line.quantity for line in day.lines}
    assert quantities == {
        ("lambda_request", True): 30,
        ("lambda_gb_second_arm64", True): pytest.approx(1.8),
        ("api_gateway_request", True): 30,
        ("api_gateway_request", False): 15,
    }
    answering = 30 * 2e-7 + 1.8 * 1.33334e-5 + 30 * 3.5e-6
    assert shells.per_1000_predictions == pytest.approx(answering / 3, rel=1e-4)
    assert usd(stage, STAGE) == {}


def test_drops_are_paid_for_by_their_rows(stage: Stage) -> None:
    """And what nothing was done for is nobody's."""
    stage.figures = {
        ("RowsAccepted", "shells"): 90.0,
        ("RowsQuarantined", "pears"): 10.0,
        ("Invocations", INGEST): 1_000_000.0,
    }
    stage.biller().bill(DAY)
    assert usd(stage, "shells") == {"ingestion": pytest.approx(0.18)}
    assert usd(stage, "pears") == {"ingestion": pytest.approx(0.02)}
    stage.figures = {("Invocations", INGEST): 1_000_000.0}
    stage.biller().bill(DAY)
    assert (usd(stage, "shells"), usd(stage, STAGE)) == ({}, {"ingestion": pytest.approx(0.2)})


def test_what_services_count_is_billed_in_the_room_it_is_named_after(stage: Stage) -> None:
    """Tables, streams, logs, buckets; not those of another stage, nor of somebody else."""
    stage.figures = {
        ("Predictions", "shells"): 10.0,
        (WRITES, "Tidemill-dev-Storage-R"): 1e6,
        (WRITES, "Tidemill-prod-Storage-R"): 1e6,
        ("IncomingBytes", "/tidemill/dev/inference/predict"): 2.0**30,
        ("BucketSizeBytes", LANDING): 300 * 2.0**30,
    }
    stage.known = [
        Query("AWS/DynamoDB", WRITES, {"TableName": "Tidemill-dev-Storage-R"}),
        Query("AWS/DynamoDB", WRITES, {"TableName": "Tidemill-prod-Storage-R"}),
        Query("AWS/DynamoDB", WRITES, {"TableName": "Orders"}),
        Query("AWS/Logs", "IncomingBytes", {"LogGroupName": "/tidemill/dev/inference/predict"}),
        Query("AWS/S3", "BucketSizeBytes", STORED),
    ]  # fmt: skip
    stage.biller().bill(DAY)
    assert usd(stage, "shells") == {
        "inference": pytest.approx(0.5),
        "storage": pytest.approx(0.625 + 300 * 0.023 / 30),
    }


def test_a_metric_costs_its_hours(stage: Stage) -> None:
    """To its pipeline; of one that is not there, and of another stage, to nobody."""
    stage.known = [
        Query("Tidemill", "Predictions", {"Pipeline": "shells"}),
        Query("Tidemill", "DriftScore", {"Pipeline": "shells", "Feature": "x"}),
        Query("Tidemill", "EstimatedQuality", {"Pipeline": "shells"}),
        Query("Tidemill", "Predictions", {"Stage": "dev"}),
        Query("Tidemill", "Predictions", {"Stage": "prod"}),
        Query("Tidemill", "Predictions", {"Pipeline": "gone"}),
    ]
    stage.biller().bill(DAY)
    assert usd(stage, "shells") == {"inference": 0.01, "monitoring": 0.02}
    assert usd(stage, STAGE) == {"inference": 0.01}


def test_workflows_are_billed_by_the_states_they_entered(stage: Stage) -> None:
    """To the pipeline of their input; items of a distributed map count one each."""
    noon = datetime(2026, 11, 3, 12, tzinfo=UTC)
    events = [
        {"type": "ExecutionStarted", "executionStartedEventDetails": {"input": INPUT}},
        {"type": "PassStateEntered"},
        {"type": "MapRunStarted", "mapRunStartedEventDetails": {"mapRunArn": "m"}},
        {"type": "TaskStateEntered"},
        {"type": "TaskSucceeded"},
    ]  # fmt: skip
    stage.workflows = {
        "list_state_machines": {
            "stateMachines": [
                {"name": "Tidemill-dev-Ingestion", "stateMachineArn": "ours"},
                {"name": "Orders", "stateMachineArn": "theirs"},
            ]
        },
        "list_executions": {
            "executions": [
                {"executionArn": "later", "startDate": noon.replace(day=4)},
                {"executionArn": "that day", "startDate": noon},
                {"executionArn": "before", "startDate": noon.replace(day=2)},
            ]
        },
        "get_execution_history": {"events": events},
        "describe_map_run": {"itemCounts": {"total": 8}},
    }
    stage.biller().bill(DAY)
    assert usd(stage, "pears") == {"ingestion": pytest.approx(10 * 0.000025)}


@pytest.mark.parametrize(("queries", "count"), [(0, 1), (1, 1), (4, 4)])
def test_an_alarm_is_billed_by_what_it_looks_at(queries: int, count: int) -> None:
    """An expression costs nothing beside its metrics."""
    looks = [{"Id": f"m{number}", "MetricStat": {}} for number in range(queries)]
    alarm = {"Metrics": [{"Id": "share", "Expression": "m0 / m1"}, *looks]} if queries else {}
    assert of_alarm(alarm) == count


def test_what_stands_at_rest_is_no_pipelines(stage: Stage) -> None:
    """Keys and alarms by the month, what is kept ready by the second."""
    stage.standing, stage.alarms = Standing(keys=4, provisioned=1, snapshots=True), 30
    stage.figures = {("Predictions", "shells"): 10.0}
    stage.biller().bill(LATER)
    assert usd(stage, STAGE, LATER) == {
        "storage": pytest.approx(4 / 30, abs=1e-6),
        "monitoring": pytest.approx(3 / 30),
        "inference": pytest.approx(86_400 * (3.3334e-6 + 1.5046e-6), abs=1e-6),
    }
    assert usd(stage, "shells", LATER) == {}


def test_nothing_stands_before_the_stage_does(stage: Stage) -> None:
    """A day before the first pipeline on which no function ran was before the stage."""
    stage.standing, stage.alarms, stage.dashboards = Standing(keys=4), 30, ("Tidemill-dev",)
    stage.biller().bill(DAY)
    assert usd(stage, STAGE) == {}
    stage.figures = {("Invocations", INGEST): 1.0}
    stage.biller().bill(DAY)
    assert usd(stage, STAGE)["monitoring"] == pytest.approx(6 / 30)


def test_a_dashboard_is_its_pipelines(stage: Stage) -> None:
    """From the day on that the pipeline is there; the stage's own is the stage's."""
    stage.dashboards = ("Tidemill-dev", "Tidemill-dev-shells", "Tidemill-dev2", "Tidemill-dev-gone")
    stage.figures = {("Invocations", INGEST): 1.0}
    for day in (DAY, LATER):
        stage.biller().bill(day)
        assert usd(stage, STAGE, day)["monitoring"] == pytest.approx(3 / 30)
    assert (usd(stage, "shells"), usd(stage, "pears", LATER)) == ({}, {})
    assert usd(stage, "shells", LATER) == {"monitoring": pytest.approx(3 / 30)}


def test_billing_a_day_again_replaces_it(stage: Stage) -> None:
    """Whatever came between; the ledger never counts twice."""
    stage.figures = ANSWERED
    stage.biller().bill(DAY)
    once = stage.registry.month_cost("shells", "2026-11")
    stage.biller().bill(DAY)
    assert stage.registry.month_cost("shells", "2026-11") == once


def test_a_region_without_prices_is_not_billed_at_others(stage: Stage) -> None:
    """The remedy is named, and nothing is written."""
    biller = replace(stage.biller(), region="mars-north-1")
    with pytest.raises(UnknownPriceError, match="make prices REGION=mars-north-1"):
        biller.bill(DAY)
    assert usd(stage, STAGE) == {}
