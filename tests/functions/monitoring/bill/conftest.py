"""A stage whose services are scripted, and a ledger that is held in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from monitoring.bill.bill import Biller, Clients
from monitoring.bill.meter import InMemoryMeter, Query
from monitoring.bill.rest import Standing
from tidemill.contract import parse_contract
from tidemill.registry import Registry
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: {name}
target: y
sources: {{rows: {{columns: {{x: {{type: int}}, y: {{type: int}}}}}}}}
budget: {{monthly_usd: 2}}
"""


class Scripted:
    """A client of boto3's form that answers each operation with what was written down for it."""

    def __init__(self, **answers: Any) -> None:  # noqa: ANN401 - answers of AWS
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get_paginator(self, operation: str) -> "Pages":
        return Pages(self, operation)

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401 - an operation
        def call(**request: Any) -> Any:  # noqa: ANN401 - an answer
            self.asked.append((operation, request))
            answer = self._answers[operation]
            return answer(**request) if callable(answer) else answer

        return call


@dataclass(frozen=True)
class Pages:
    """One page for every operation."""

    client: Scripted
    operation: str

    def paginate(self, **request: Any) -> Iterator[Any]:  # noqa: ANN401 - a request
        yield getattr(self.client, self.operation)(**request)


def functions() -> dict[str, Any]:
    """Two functions of the stage, and one of somebody else."""
    common = {"MemorySize": 1024, "Architectures": ["arm64"]}
    return {"Functions": [each | common for each in _functions()]}


def _functions() -> list[dict[str, Any]]:
    return [
        {"FunctionName": "Tidemill-dev-Inference-Predict-1", "Description": "inference/predict"},
        {"FunctionName": "Tidemill-dev-Ingestion-Ingest-2", "Description": "ingestion/ingest"},
        {"FunctionName": "Tidemill-prod-Ingestion-Ingest-3", "Description": "ingestion/ingest"},
    ]


@dataclass
class Stage:
    """A stage `dev` in us-east-1; what it used is said by `figures` and the clients' answers."""

    figures: Mapping[tuple[str, str], float] = field(default_factory=dict)
    known: list[Query] = field(default_factory=list)
    standing: Standing = field(default_factory=lambda: Standing(keys=0))
    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    sagemaker: dict[str, Any] = field(default_factory=dict)
    workflows: dict[str, Any] = field(default_factory=dict)
    alarms: int = 0
    dashboards: tuple[str, ...] = ()

    def accept(self, *names: str) -> None:
        for name in names:
            self.registry.put_contract(parse_contract(CONTRACT.format(name=name)))

    def biller(self) -> Biller:
        meter = InMemoryMeter(self.figures)
        meter.known = self.known
        clients = Clients(
            cloudwatch=Scripted(
                describe_alarms={"MetricAlarms": [{}] * self.alarms},
                list_dashboards={
                    "DashboardEntries": [{"DashboardName": name} for name in self.dashboards]
                },
            ),
            functions=Scripted(list_functions=functions()),
            sagemaker=Scripted(
                **{
                    "list_processing_jobs": {"ProcessingJobSummaries": []},
                    **self.sagemaker,
                }
            ),
            workflows=Scripted(**{"list_state_machines": {"stateMachines": []}, **self.workflows}),
        )
        return Biller(self.registry, meter, clients, "dev", "us-east-1", self.standing)


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.accept("shells", "pears")
    return made
