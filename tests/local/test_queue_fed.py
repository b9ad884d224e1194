# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
"""A function that a queue feeds is measured, and its alarm reaches people, as in AWS."""

import io
import json
import time
import zipfile
from typing import Any

import pytest

NAME = "fed"
CODE = "def handler(event, context):\n    raise ValueError(event['Records'][0]['body'])\n"


def queue(here: Any, name: str, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    """The address and the ARN of a new queue."""
    client = here.client("sqs")
    attributes = {"Policy": json.dumps(policy)} if policy else {}
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    known = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, known["Attributes"]["QueueArn"]


@pytest.fixture(scope="module")
def told(here: Any) -> str:
    """The address of a queue that hears a topic, and nothing that is said without TLS."""
    every = {"Principal": "*", "Action": "sqs:*", "Resource": "*"}
    denied = {"Effect": "Deny", **every, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    statements = [{"Effect": "Allow", **every}, denied]
    url, arn = queue(here, "told", {"Version": "2012-10-17", "Statement": statements})
    topic = here.client("sns").create_topic(Name="alarms")["TopicArn"]
    here.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    here.client("cloudwatch").put_metric_alarm(
        AlarmName="fed-errors",
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": NAME}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    return url


def test_a_queues_function_that_raises_is_told_of(here: Any, told: str) -> None:
    """Its error is counted, and the alarm goes over TLS to who subscribes, without any request."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", CODE)
    client = here.client("lambda")
    client.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=here.allow(NAME, "*"),
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
    )
    url, arn = queue(here, "feeding")
    client.create_event_source_mapping(FunctionName=NAME, EventSourceArn=arn, BatchSize=1)
    here.client("sqs").send_message(QueueUrl=url, MessageBody="odd")
    assert "fed-errors" in _heard(here, told)


def _heard(here: Any, url: str) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = here.client("sqs").receive_message(QueueUrl=url).get("Messages", [])
        if found:
            return str(found[0]["Body"])
        time.sleep(0.2)
    return "nothing"
