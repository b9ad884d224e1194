# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
import json
import time
from typing import Any

import pytest

SYNC = "arn:aws:states:::sagemaker:createTrainingJob.sync"
SDK = "arn:aws:states:::aws-sdk:sagemaker:"


@pytest.fixture(scope="module", autouse=True)
def role(here: Any) -> None:
    """Every machine here runs as this role."""
    here.allow("states", "*")


def machine(here: Any, name: str, resource: str, **state: Any) -> str:
    task = {
        "Type": "Task",
        "Resource": resource,
        "Arguments": "{% $states.input %}",
        "End": True,
        **state,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": task}}
    answer = here.client("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/states",
    )
    return str(answer["stateMachineArn"])


def run(here: Any, machine_arn: str, argument: dict[str, Any]) -> dict[str, Any]:
    client = here.client("stepfunctions")
    arn = client.start_execution(stateMachineArn=machine_arn, input=json.dumps(argument))[
        "executionArn"
    ]
    end = time.monotonic() + 20
    while time.monotonic() < end:
        execution: dict[str, Any] = client.describe_execution(executionArn=arn)
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(0.05)
    raise AssertionError("the execution is still running")


@pytest.fixture(scope="module")
def train(here: Any) -> str:
    return machine(here, "train", SYNC)


def test_sync_gives_the_description_of_a_completed_job(here: Any, train: str) -> None:
    """The task's result is the DescribeTrainingJob document, times in whole milliseconds."""
    execution = run(here, train, here.request("sync-completes", {}))
    assert execution["status"] == "SUCCEEDED"
    job = json.loads(execution["output"])
    assert job["TrainingJobStatus"] == "Completed"
    assert job["ModelArtifacts"]["S3ModelArtifacts"].endswith("model.tar.gz")
    assert job["CreationTime"] == pytest.approx(time.time() * 1000, abs=60_000)
    assert isinstance(job["CreationTime"], int)


def test_sync_fails_with_the_description_of_a_failed_job(here: Any, train: str) -> None:
    """A failed job fails the task with States.TaskFailed; the cause is the description."""
    execution = run(here, train, here.request("sync-fails", {"fail": "no luck"}))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    assert "no luck" in json.loads(execution["cause"])["FailureReason"]


def test_sync_fails_for_a_stopped_job(here: Any, train: str, faults: Any) -> None:
    """Spot exhaustion is a failed task whose cause says Stopped and MaxWaitTimeExceeded."""
    faults.order_fault("MaxWaitTimeExceeded", match="sync-waits")
    execution = run(here, train, here.request("sync-waits", {}, **here.spot("sync-waits")))
    assert execution["error"] == "States.TaskFailed"
    job = json.loads(execution["cause"])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")


def test_sync_names_a_refused_job_as_aws_does(here: Any, train: str) -> None:
    """A name used twice and a bad request have the optimised integration's error names."""
    request = here.request("sync-twice", {})
    run(here, train, request)
    assert run(here, train, request)["error"] == "SageMaker.ResourceInUseException"
    request |= {"TrainingJobName": "-bad-"}
    assert run(here, train, request)["error"] == "SageMaker.AmazonSageMakerException"


def test_a_stopped_execution_stops_its_job(here: Any, train: str) -> None:
    """Nobody waits for the job any more, so it is not left to run up cost."""
    client = here.client("stepfunctions")
    request = here.request("sync-aborted", {"steps": "1000"})
    arn = client.start_execution(stateMachineArn=train, input=json.dumps(request))["executionArn"]
    time.sleep(0.5)
    here.training("sync-aborted")
    client.stop_execution(executionArn=arn)
    assert here.ended("sync-aborted")["TrainingJobStatus"] == "Stopped"


def test_a_time_limit_may_be_an_expression(here: Any) -> None:
    """TimeoutSeconds is evaluated; when it has passed the job is stopped."""
    timed = machine(here, "timed", SYNC, TimeoutSeconds="{% 1 + 0 %}")
    execution = run(here, timed, here.request("sync-timed", {"steps": "1000"}))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Timeout")
    assert here.ended("sync-timed")["TrainingJobStatus"] == "Stopped"


def test_the_registry_is_reached_by_the_sdk_integration(here: Any) -> None:
    """aws-sdk:sagemaker:* calls answer with ISO times, and errors in the SDK's names."""
    group = {"ModelPackageGroupName": "by-workflow"}
    create = machine(here, "group", f"{SDK}createModelPackageGroup")
    assert "by-workflow" in json.loads(run(here, create, group)["output"])["ModelPackageGroupArn"]
    assert run(here, create, group)["error"] == "SageMaker.SageMakerException"
    describe = machine(here, "describe", f"{SDK}describeModelPackageGroup")
    found = json.loads(run(here, describe, group)["output"])
    assert found["CreationTime"].endswith("Z")
    twice = machine(here, "twice", f"{SDK}createTrainingJob")
    request = here.request("sdk-twice", {})
    run(here, twice, request)
    assert run(here, twice, request)["error"] == "SageMaker.ResourceInUseException"
