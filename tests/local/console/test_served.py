# ruff: noqa: ANN401 - boto3 clients
"""The console as the local cloud's own server serves it, from that cloud's APIs."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from local.console.html import BASE
from tests.local.conftest import Here
from tidemill.dashboards import stage_dashboard

MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "TakeIt",
    "States": {"TakeIt": {"Type": "Pass", "Next": "Done"}, "Done": {"Type": "Succeed"}},
}
BODY = stage_dashboard("local", "us-east-1", alarms=[], bounds={})
TEMPLATE = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "console-registry",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [
                    {"AttributeName": "pipeline", "KeyType": "HASH"},
                    {"AttributeName": "record", "KeyType": "RANGE"},
                ],
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in ("pipeline", "record")
                ],
            },
        },
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardName": "Console", "DashboardBody": json.dumps(BODY)},
        },
    },
    "Outputs": {
        "RegistryTable": {"Value": {"Ref": "Table"}},
        "DashboardName": {"Value": "Console"},
    },
}


def get(here: Here, path: str, **headers: str) -> tuple[int, str]:
    url = f"{here.cloud.endpoint}{BASE}{path}"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def deployed(here: Here) -> Iterator[Here]:
    """A table and a dashboard from a stack, a workflow that ran, and a metric."""
    formation = here.client("cloudformation")
    formation.create_stack(StackName="Console", TemplateBody=json.dumps(TEMPLATE))
    formation.get_waiter("stack_create_complete").wait(StackName="Console")
    here.client("cloudwatch").put_metric_data(
        Namespace="Tidemill",
        MetricData=[
            {
                "MetricName": "RowsAccepted",
                "Dimensions": [{"Name": "Pipeline", "Value": "console"}],
                "Value": 4177.0,
            }
        ],
    )
    yield here
    formation.delete_stack(StackName="Console")


def _run(states: Any) -> None:
    """A workflow called Console, from its start to its end."""
    role = "arn:aws:iam::000000000000:role/training"
    machine = states.create_state_machine(
        name="Console", definition=json.dumps(MACHINE), roleArn=role
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, name="once")["executionArn"]
    end = time.monotonic() + 20
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_console_is_where_the_description_says(here: Here) -> None:
    """It answers before anything is deployed, too."""
    assert here.cloud.describe()["console_url"] == f"{here.cloud.endpoint}{BASE}/"
    status, text = get(here, "/")
    assert status == 200
    assert "Tidemill, local cloud" in text


def test_a_rebound_name_reads_nothing(here: Here) -> None:
    """Another host's name that leads to this machine is refused."""
    assert get(here, "/", Host="evil.example")[0] == 403


def test_pages_show_what_the_cloud_holds(deployed: Here) -> None:
    """Metrics, a dashboard and an execution, from the very APIs that others use."""
    _run(deployed.client("stepfunctions"))
    status, text = get(deployed, "/dashboards/Console")
    assert status == 200
    assert "Rows accepted: console 4,177" in text
    status, text = get(deployed, "/executions/Console/once")
    assert status == 200
    assert "TakeIt: done; Done: done" in text
    assert get(deployed, "/")[0] == 200
    assert get(deployed, "/alarms")[0] == 200
