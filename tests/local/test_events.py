# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

type Events = Callable[[Callable[[dict[str, Any]], bool]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def events(here: Any) -> Events:
    """Collects SageMaker's events from the default bus by way of a queue."""
    sqs, bus = here.client("sqs"), here.client("events")
    queue = sqs.create_queue(QueueName="sagemaker-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    bus.put_rule(Name="sagemaker", EventPattern=json.dumps({"source": ["aws.sagemaker", "aws.s3"]}))
    bus.put_targets(Rule="sagemaker", Targets=[{"Id": "queue", "Arn": arn}])
    seen: list[dict[str, Any]] = []

    def collect(enough: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        end = time.monotonic() + 10
        while not any(enough(event) for event in seen) and time.monotonic() < end:
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
            seen.extend(json.loads(each["Body"]) for each in answer.get("Messages", []))
        return [event for event in seen if enough(event)]

    return collect


def test_a_training_job_tells_of_every_change(here: Any, events: Events) -> None:
    """Training events carry the job's description, times in milliseconds, on the default bus."""
    job = here.train("tells", {})
    ended = events(
        lambda e: (
            e["detail"].get("TrainingJobName") == "tells"
            and e["detail"]["TrainingJobStatus"] == "Completed"
        )
    )
    event = ended[0]
    assert event["detail-type"] == "SageMaker Training Job State Change"
    assert event["resources"] == [job["TrainingJobArn"]]
    assert isinstance(event["detail"]["TrainingEndTime"], int)
    assert event["detail"]["ModelArtifacts"] == job["ModelArtifacts"]


def test_a_model_package_tells_of_its_making_and_its_approval(here: Any, events: Events) -> None:
    """Package events name group, version, arn and approval status, times as ISO 8601."""
    sagemaker = here.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="telling")
    arn = sagemaker.create_model_package(
        ModelPackageGroupName="telling", ModelApprovalStatus="PendingManualApproval"
    )["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    approved = events(
        lambda e: e["resources"] == [arn] and e["detail"]["ModelApprovalStatus"] == "Approved"
    )[0]
    made = events(lambda e: e["resources"] == [arn])[0]
    assert made["detail-type"] == "SageMaker Model Package State Change"
    assert made["detail"]["ModelApprovalStatus"] == "PendingManualApproval"
    detail = approved["detail"]
    assert detail["ModelPackageGroupName"] == "telling"
    assert detail["ModelPackageVersion"] == 1
    assert detail["ModelPackageArn"] == arn
    assert detail["ModelPackageStatus"] == "Completed"
    assert detail["CreationTime"].endswith("Z")


def test_a_services_event_can_be_sent_again(here: Any, events: Events) -> None:
    """What no client may put on the bus, an `aws.` source, the local cloud can be told to send."""
    entry = {"Source": "aws.s3", "DetailType": "Object Created", "Detail": "{}"}
    refused = here.client("events").put_events(Entries=[entry])
    assert refused["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"
    here.cloud.emit("aws.s3", "Object Created", {"object": {"key": "again"}})
    again = events(lambda e: e["detail"].get("object", {}).get("key") == "again")
    assert [e["source"] for e in again] == ["aws.s3"]
