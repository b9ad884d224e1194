# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
"""What is to be done by the clock is done on the local cloud too."""

import json
from typing import Any

import pytest


@pytest.mark.parametrize("schedule", ["rate(1 minute)", "cron(0 0 1 1 ? 2199)"])
def test_a_rule_calls_its_target_when_it_is_time(here: Any, schedule: str) -> None:
    """With what it was told to say, and not before."""
    name = schedule[:4]
    sqs = here.client("sqs")
    queue = sqs.create_queue(QueueName=f"clock-{name}")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    target = {
        "Id": "Queue",
        "Arn": attributes["Attributes"]["QueueArn"],
        "Input": json.dumps({"idle": True}),
    }
    properties = {"ScheduleExpression": schedule, "Targets": [target]}
    here.deploy(f"clock-{name}", {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}})
    found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=8)
    heard = [json.loads(message["Body"]) for message in found.get("Messages", [])]
    assert heard == ([{"idle": True}] if name == "rate" else [])
