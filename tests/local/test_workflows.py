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


def processing(name: str, **wish: Any) -> dict[str, Any]:
    """A CreateProcessingJob request for the container in miniature."""
    cluster = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10}
    return {
        "ProcessingJobName": name,
        "RoleArn": "arn:aws:iam::000000000000:role/training",
        "AppSpecification": {
            "ImageUri": "image",
            "ContainerEntrypoint": ["python", "-m", "miniature.job"],
            "ContainerArguments": [json.dumps(wish)],
        },
        "Environment": {"TIDEMILL_PART_MB": "4"},
        "ProcessingResources": {"ClusterConfig": cluster},
    }


def test_sync_waits_for_a_processing_job(here: Any) -> None:
    """Its description is the result, or the cause where it failed, as with a training job."""
    process = machine(here, "process", "arn:aws:states:::sagemaker:createProcessingJob.sync")
    execution = run(here, process, processing("sync-processes", say="done"))
    assert execution["status"] == "SUCCEEDED"
    job = json.loads(execution["output"])
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Completed", "done")
    assert isinstance(job["CreationTime"], int)
    failed = run(here, process, processing("sync-breaks", code=1))
    assert (failed["status"], failed["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(failed["cause"])["ProcessingJobStatus"] == "Failed"
    again = run(here, process, processing("sync-processes"))
    assert again["error"] == "SageMaker.ResourceInUseException"


def distributed(here: Any, name: str, item: dict[str, Any]) -> str:
    """A machine that maps over the list of a bucket's object, all of it in expressions."""
    sort = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Arguments": {"Bucket": "{% $plan.bucket %}", "Key": "{% $plan.key %}"},
        },
        "MaxConcurrency": "{% 2 %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Item",
            "States": {"Item": item},
        },
        "Output": {"done": "{% $count($states.result) %}"},
        "Assign": {"seen": "{% $sum($states.result.number) %}"},
        "Next": "Tell",
    }
    tell = {"Type": "Pass", "Output": {"sum": "{% $seen %}", "of": "{% $states.input.done %}"}}
    plan = {"Type": "Pass", "Assign": {"plan": "{% $states.input %}"}, "Next": "Sort"}
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Plan",
        "States": {"Plan": plan, "Sort": sort, "Tell": tell | {"End": True}},
    }
    answer = here.client("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/states",
    )
    return str(answer["stateMachineArn"])


def test_a_distributed_map_reads_its_items_from_s3(here: Any) -> None:
    """Bucket, key and limit may be expressions; so may output and variables of its results."""
    items = [{"number": number} for number in range(5)]
    here.client("s3").put_object(Bucket="tests-local", Key="parts.json", Body=json.dumps(items))
    mapped = distributed(here, "mapped", {"Type": "Pass", "End": True})
    execution = run(here, mapped, {"bucket": "tests-local", "key": "parts.json"})
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"]) == {"sum": 10, "of": 5}


def test_one_failed_item_fails_a_distributed_map(here: Any) -> None:
    """By the name that AWS gives it."""
    here.client("s3").put_object(Bucket="tests-local", Key="one.json", Body=b"[1]")
    broken = distributed(here, "broken", {"Type": "Fail", "Error": "NoLuck", "Cause": "none"})
    execution = run(here, broken, {"bucket": "tests-local", "key": "one.json"})
    assert execution["error"] == "States.ExceedToleratedFailureThreshold"
