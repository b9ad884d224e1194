"""What there is in the local cloud: alarms, dashboards, executions, and where records lie."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

import boto3

from local.console.records import Client, Document, Records
from local.description import outputs
from local.settings import ACCESS_KEY, REGION, SECRET_KEY

MOST_EXECUTIONS = 25
BUCKET = "s3://"


@dataclass(frozen=True)
class Reader:
    """Asks the cloud's own APIs, and only for what changes nothing.

    `outputs` are those of the stacks, by name; before the application is deployed there are none.
    """

    client: Client
    outputs: dict[str, str]

    @cached_property
    def records(self) -> Records:
        return Records(self.client, self.outputs["RegistryTable"])

    def alarms(self) -> list[Document]:
        """Every alarm, those that fire first, then by name."""
        found = [
            alarm
            for page in self.client("cloudwatch").get_paginator("describe_alarms").paginate()
            for alarm in page["MetricAlarms"]
        ]
        return sorted(found, key=lambda a: (a["StateValue"] != "ALARM", a["AlarmName"]))

    def dashboards(self) -> list[str]:
        pages = self.client("cloudwatch").get_paginator("list_dashboards").paginate()
        return [entry["DashboardName"] for page in pages for entry in page["DashboardEntries"]]

    def dashboard(self, name: str) -> Document | None:
        """The body of a dashboard; None where there is none of that name."""
        if name not in self.dashboards():
            return None
        found = self.client("cloudwatch").get_dashboard(DashboardName=name)
        body: Document = json.loads(found["DashboardBody"])
        return body

    def machines(self) -> list[Document]:
        """The state machines, by name."""
        pages = self.client("stepfunctions").get_paginator("list_state_machines").paginate()
        found = [machine for page in pages for machine in page["stateMachines"]]
        return sorted(found, key=lambda machine: str(machine["name"]))

    def executions(self, machine: Document) -> list[Document]:
        """The newest executions of a state machine, newest first."""
        found = self.client("stepfunctions").list_executions(
            stateMachineArn=machine["stateMachineArn"], maxResults=MOST_EXECUTIONS
        )["executions"]
        return sorted(found, key=lambda each: each["startDate"], reverse=True)

    def execution(self, machine: str, name: str) -> Document | None:
        """An execution with its `definition` and `history`; None where there is none."""
        states = self.client("stepfunctions")
        for known in self.machines():
            if known["name"] != machine:
                continue
            for execution in self.executions(known):
                if execution["name"] == name:
                    arn = {"executionArn": execution["executionArn"]}
                    pages = states.get_paginator("get_execution_history").paginate(**arn)
                    kept = {"stateMachineArn": known["stateMachineArn"]}
                    found: Document = {
                        **states.describe_execution(**arn),
                        "definition": json.loads(
                            states.describe_state_machine(**kept)["definition"]
                        ),
                        "history": [event for page in pages for event in page["events"]],
                    }
                    return found
        return None

    def report(self, pipeline: str, kind: str, name: str) -> bytes | None:
        """A page that is stored: of a `models` version, a `drops` id or a `drift` report."""
        where = {
            "models": (f"model#{name.zfill(6)}", "report_uri"),
            "drops": (f"drop#{name}", "profile_page_uri"),
            "drift": (f"drifted#{name}", "report_uri"),
        }
        if kind not in where:
            return None
        record, field = where[kind]
        uri = self.records.one(pipeline, record).get(field)
        if not uri:
            return None
        bucket, _, key = str(uri).removeprefix(BUCKET).partition("/")
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def reader_of(endpoint: str) -> Callable[[], Reader]:
    """What reads the cloud at `endpoint`; clients and outputs are kept once there are any."""
    session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
    clients: dict[str, Any] = {}
    kept: list[Reader] = []
    lock = Lock()

    def client(service: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
        with lock:
            if service not in clients:
                create: Any = session.client
                clients[service] = create(service, endpoint_url=endpoint)
            return clients[service]

    def read() -> Reader:
        if kept:
            return kept[0]
        reader = Reader(client, outputs(client("cloudformation")))
        if "DashboardName" in reader.outputs:  # of the stack that comes last
            kept.append(reader)
        return reader

    return read


def faults(history: list[Any]) -> Iterator[tuple[Any, str, str]]:
    """What went wrong on the way: when, the error's name, and its cause."""
    for event in history:
        for field, details in event.items():
            if field.endswith("EventDetails") and isinstance(details, dict) and "error" in details:
                yield event["timestamp"], details["error"], details.get("cause", "")
