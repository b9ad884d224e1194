# ruff: noqa: ANN401 - clients as boto3 has them
"""A cloud in memory, full or empty, and the console that shows it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.blocks.workflow import definition
from local.console.reading import Reader
from local.console.site import Console
from tests.models import a_model
from tidemill.aws import DynamoTable
from tidemill.dashboards import pipeline_dashboard, stage_dashboard
from tidemill.incidents import Incident, Words
from tidemill.records import DropRecord, ModelRecord, ReleaseRecord, Rows, RunRecord, Verdict
from tidemill.registry import Registry

PORT = 4566
HOST = f"127.0.0.1:{PORT}"
ALARM = "Tidemill-local-DropsQuarantined"
HOSTILE = '<script>alert("x")</script><b>&'
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Machines:
    """Step Functions with one state machine, and executions as they were written down."""

    executions: dict[str, tuple[str, list[dict[str, Any]]]] = field(default_factory=dict)

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(getattr(self, operation))

    def list_state_machines(self) -> dict[str, Any]:
        machine = {"name": "Tidemill-local-Release", "stateMachineArn": "arn:release"}
        return {"stateMachines": [machine] if self.executions else []}

    def list_executions(self, *, stateMachineArn: str, maxResults: int) -> dict[str, Any]:  # noqa: N803
        assert stateMachineArn == "arn:release"
        found = [self._summary(name) for name in self.executions]
        return {"executions": found[:maxResults]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {**self._summary(executionArn), "input": json.dumps({"package": HOSTILE})}

    def describe_state_machine(self, *, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        assert stateMachineArn == "arn:release"
        return {"definition": json.dumps(definition("release"))}

    def get_execution_history(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"events": self.executions[executionArn][1]}

    def _summary(self, name: str) -> dict[str, Any]:
        status, events = self.executions[name]
        over = {} if status == "RUNNING" else {"stopDate": events[-1]["timestamp"]}
        return {
            "name": name,
            "executionArn": name,
            "status": status,
            "startDate": events[0]["timestamp"],
            **over,
        }


@dataclass(frozen=True)
class Pages:
    """One page for every operation."""

    operation: Callable[..., Any]

    def paginate(self, **request: Any) -> Iterator[Any]:
        yield self.operation(**request)


def entered(name: str, second: float) -> dict[str, Any]:
    return {
        "timestamp": NOW + timedelta(seconds=second),
        "type": "TaskStateEntered",
        "stateEnteredEventDetails": {"name": name},
    }


def left(name: str, second: float) -> dict[str, Any]:
    return {
        "timestamp": NOW + timedelta(seconds=second),
        "type": "TaskStateExited",
        "stateExitedEventDetails": {"name": name},
    }


def failed(second: float, cause: str) -> dict[str, Any]:
    return {
        "timestamp": NOW + timedelta(seconds=second),
        "type": "ExecutionFailed",
        "executionFailedEventDetails": {"error": "RegistryError", "cause": cause},
    }


EXECUTIONS = {
    "abalone-3-first": (
        "RUNNING",
        [entered("ReadPackage", 0), left("ReadPackage", 1), entered("BeginRelease", 1)],
    ),
    "abalone-2-broken": (
        "FAILED",
        [entered("ReadPackage", -60), failed(-50, HOSTILE)],
    ),
}


@dataclass(frozen=True)
class Metering:
    """CloudWatch as moto has it, which knows no percentiles: they are read as maxima."""

    moto: Any

    def __getattr__(self, operation: str) -> Any:
        return getattr(self.moto, operation)

    def get_metric_data(self, *, MetricDataQueries: list[Any], **more: Any) -> Any:  # noqa: N803
        for query in MetricDataQueries:
            if query["MetricStat"]["Stat"].startswith("p"):
                query["MetricStat"]["Stat"] = "Maximum"
        return self.moto.get_metric_data(MetricDataQueries=MetricDataQueries, **more)


@contextmanager
def account() -> Iterator[None]:
    """An account in memory, with the registry's table and nothing else."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
            patch.setenv(f"AWS_{name}", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        names = {"pipeline": "HASH", "record": "RANGE"}
        boto3.client("dynamodb").create_table(
            TableName="registry",
            KeySchema=[{"AttributeName": n, "KeyType": kind} for n, kind in names.items()],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            BillingMode="PAY_PER_REQUEST",
        )
        yield


def console(machines: Machines) -> Console:
    clients = {"stepfunctions": machines, "cloudwatch": Metering(boto3.client("cloudwatch"))}
    clients |= {name: boto3.client(name) for name in ("dynamodb", "s3")}
    reader = Reader(clients.__getitem__, {"RegistryTable": "registry"})
    return Console(lambda: reader, PORT)


@pytest.fixture
def empty() -> Iterator[Console]:
    """Deployed, and nothing has happened."""
    with account():
        yield console(Machines())


@pytest.fixture(scope="module")
def full() -> Iterator[Console]:
    """Some of everything, with names that nobody would choose."""
    with account():
        _records(Registry(DynamoTable(boto3.client("dynamodb"), "registry")))
        _metrics()
        _dashboards()
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="models")
        s3.put_object(Bucket="models", Key="1.html", Body=b"<h1>Report of model 1</h1>")
        yield console(Machines(EXECUTIONS))


def _records(registry: Registry) -> None:
    said = NOW.isoformat()
    registry._replace("_pipelines", "abalone", lambda _: {"pipeline": "abalone"})
    for number, (state, name) in enumerate(
        (("accepted", "2026-11.csv"), ("quarantined", f"{HOSTILE}.csv"))
    ):
        registry.put_drop(
            DropRecord(
                drop_id=f"{number:016x}",
                pipeline="abalone",
                source="measurements",
                uri=f"s3://landing/abalone/measurements/{name}",
                version_id=None,
                etag="e",
                sequencer="1",
                size=10,
                landed_at=said,
                recorded_at=said,
                state=state,
                reasons=() if number == 0 else (f"TooManyBadRowsError: column {HOSTILE}",),
                rows=Rows(read=4177, accepted=4170, quarantined=7),
                profile_page_uri=f"s3://data/{number}.html",
            )
        )
    run = RunRecord(run="run-1", dataset_version="d1", state="completed", started_at=said)
    registry.claim_run("abalone", run.model_copy(update={"cost_usd": 0.000932, "reason": HOSTILE}))
    for version in (1, 2):
        registry.put_model("abalone", _model(version, said))
    registry._replace(
        "abalone", "champion", lambda _: {"model_version": 2, "previous": 1, "promoted_at": said}
    )
    release = ReleaseRecord(
        release="r-1", model_version=2, state="promoted", started_at=said, reason="it held"
    )
    registry.claim_release("abalone", release)
    registry.put_drift(
        "abalone", "drop", {"at": said, "score": 1.25000000000123, "drifted": [HOSTILE]}
    )
    registry.add_drift("abalone", "d-1", {"window": "drop", "at": said, "drifted": [HOSTILE]})
    promised = {"value": 1.51, "low": 1.42, "high": 1.6, "rows": 627}
    kept = {"model": "abalone/2", "loss": "absolute_error", "promised": promised, "at": said}
    registry.update_promise("abalone", lambda _: kept)
    incident = Incident(
        subject="abalone",
        kind="DriftDetected",
        state="open",
        since=said,
        last=said,
        words=Words(f"Data drifted in {HOSTILE}", "Check the source of these columns."),
    )
    registry.change_incident("abalone", "DriftDetected", lambda _: incident)


def _model(version: int, said: str) -> ModelRecord:
    known = {"run": "run-1", "dataset_version": "d1", "contract_version": "c1", "created_at": said}
    verdict = Verdict(passed=True, reasons=("better than the mean",))
    metrics = {"test": {"rmse": 2.13, "r2": 0.56}}
    return a_model(version, **known, metrics=metrics, verdict=verdict)


def _metrics() -> None:
    cloudwatch = boto3.client("cloudwatch")
    wanted = {"RowsAccepted": 4170.0, "Predictions": 250.0, "PredictionLatency": 3.5}
    wanted |= {"MonthToDateCostUSD": 1.5}
    for minute in range(20):
        cloudwatch.put_metric_data(
            Namespace="Tidemill",
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": "Pipeline", "Value": pipeline}],
                    "Timestamp": NOW - timedelta(minutes=minute),
                    "Value": value * (1 + minute % 3),
                }
                for name, value in wanted.items()
                for pipeline in ("abalone", "a_pipeline_whose_name_goes_on_and_on_and_on")
            ],
        )
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        AlarmDescription=f"A drop was quarantined. {HOSTILE}",
        Namespace="Tidemill",
        MetricName="DropsQuarantined",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=300,
        Statistic="Sum",
        Threshold=0,
    )
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason=HOSTILE)


def _dashboards() -> None:
    arns = [f"arn:aws:cloudwatch:us-east-1:1:alarm:{ALARM}"]
    bodies = {
        "Tidemill-local": stage_dashboard(
            "local", "us-east-1", alarms=arns, bounds={"MonthToDateCostUSD": 20}
        ),
        "Tidemill-local-abalone": pipeline_dashboard("abalone", "us-east-1"),
    }
    for name, body in bodies.items():
        boto3.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=json.dumps(body))
