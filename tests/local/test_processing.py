# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
"""Processing jobs: really run, described, stopped and refused as SageMaker does it."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/training"


def request(name: str, wish: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A CreateProcessingJob request for the container in miniature."""
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": {
            "ImageUri": "image",
            "ContainerEntrypoint": ["python", "-m", "miniature.job"],
            "ContainerArguments": [json.dumps(wish), "second"],
        },
        "Environment": {"TIDEMILL_PART_MB": "4"},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
            }
        },
    } | more


def ended(here: Any, name: str) -> dict[str, Any]:
    """The job's description, once it is at its end."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        job: dict[str, Any] = here.client("sagemaker").describe_processing_job(
            ProcessingJobName=name
        )
        if job["ProcessingJobStatus"] in {"Completed", "Failed", "Stopped"}:
            return job
        time.sleep(0.05)
    raise AssertionError(f"{name} is still {job['ProcessingJobStatus']}")


def process(here: Any, name: str, wish: dict[str, Any], **more: Any) -> dict[str, Any]:
    here.client("sagemaker").create_processing_job(**request(name, wish, **more))
    return ended(here, name)


def test_a_completed_job_tells_its_times_and_its_message(here: Any) -> None:
    """The exit message is what the container left in output/message."""
    job = process(here, "processes", {"say": "12 parts"})
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Completed", "12 parts")
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert job["ProcessingJobArn"].endswith(":processing-job/processes")
    assert "FailureReason" not in job


def test_a_job_acts_as_its_role(here: Any) -> None:
    """It writes to S3 itself, where its role may, and fails where it may not."""
    job = process(here, "writes", {"write": "processed/one"})
    assert job["ProcessingJobStatus"] == "Completed"
    body = here.client("s3").get_object(Bucket="tests-local", Key="processed/one")["Body"].read()
    assert body == b"done"
    role = here.allow("processing-elsewhere", "arn:aws:s3:::another-bucket/*")
    refused = process(here, "writes-not", {"write": "processed/two"}, RoleArn=role)
    assert refused["ProcessingJobStatus"] == "Failed"


def test_arguments_variables_and_output_are_the_containers(here: Any) -> None:
    """The log group is SageMaker's; what the request gives is what the container sees."""
    process(here, "says", {})
    logs, group = here.client("logs"), "/aws/sagemaker/ProcessingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="says/algo-1-")
    events = logs.get_log_events(
        logGroupName=group, logStreamName=streams["logStreams"][0]["logStreamName"]
    )["events"]
    assert [event["message"] for event in events] == ["given ['second'] part_mb=4"]


def test_a_failing_container_fails_the_job(here: Any) -> None:
    """Failed, with the exit code; the log says the rest."""
    job = process(here, "breaks", {"code": 3})
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].endswith("exit code: 3")


def test_a_job_past_its_runtime_is_stopped(here: Any) -> None:
    """As MaxRuntimeInSeconds says."""
    limit = {"MaxRuntimeInSeconds": 1}
    job = process(here, "lasts", {"seconds": 60}, StoppingCondition=limit)
    assert job["ProcessingJobStatus"] == "Stopped"


def test_a_processing_job_can_be_stopped_once(here: Any) -> None:
    """StopProcessingJob ends as Stopped; a second stop is refused."""
    sagemaker = here.client("sagemaker")
    sagemaker.create_processing_job(**request("halts", {"seconds": 60}))
    sagemaker.stop_processing_job(ProcessingJobName="halts")
    assert ended(here, "halts")["ProcessingJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_processing_job(ProcessingJobName="halts")


def test_a_processing_jobs_name_is_used_once(here: Any) -> None:
    """A second job of a name is refused as ResourceInUse; training jobs have their own names."""
    process(here, "named", {})
    here.train("named", {})
    sagemaker = here.client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_processing_job(**request("named", {}))


def test_processing_jobs_are_listed_latest_first(here: Any) -> None:
    """By name and status."""
    for number in range(2):
        process(here, f"queued-{number}", {})
    found = here.client("sagemaker").list_processing_jobs(
        NameContains="queued-", StatusEquals="Completed"
    )
    names = [job["ProcessingJobName"] for job in found["ProcessingJobSummaries"]]
    assert names == ["queued-1", "queued-0"]


def test_a_jobs_tags_are_listed(here: Any) -> None:
    """As they were given; none where none were."""
    tags = [{"Key": "Pipeline", "Value": "shells"}]
    for name, more in (("tagged", {"Tags": tags}), ("untagged", {})):
        arn = process(here, name, {}, **more)["ProcessingJobArn"]
        found = here.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
        assert found == more.get("Tags", [])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"ProcessingJobName": "no_underscores"}, "ProcessingJobName"),
        ({"AppSpecification": {"ImageUri": "i", "ContainerEntrypoint": ["bash"]}}, "python -m"),
        ({"AppSpecification": {"ImageUri": "i"}}, "python -m"),
        ({"ProcessingInputs": [{"InputName": "in"}]}, "read and write S3 themselves"),
    ],
)
def test_what_is_not_emulated_is_refused(here: Any, change: dict[str, Any], word: str) -> None:
    """ValidationException says what is wrong; no job is made."""
    with pytest.raises(ClientError, match=word):
        here.client("sagemaker").create_processing_job(**request("refused", {}, **change))
    with pytest.raises(ClientError, match="Could not find"):
        here.client("sagemaker").describe_processing_job(ProcessingJobName="refused")
