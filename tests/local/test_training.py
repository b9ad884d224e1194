# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
from typing import Any

import pytest
from botocore.exceptions import ClientError


def checkpointed(here: Any, name: str) -> None:
    """Wait until a first checkpoint of the running job is in S3."""
    s3, prefix = here.client("s3"), f"checkpoints/{name}/"

    def is_there(_: dict[str, Any]) -> bool:
        found = s3.list_objects_v2(Bucket="tests-local", Prefix=prefix)
        return bool(found.get("KeyCount", 0))

    here.until(name, is_there)


def statuses(job: dict[str, Any]) -> list[str]:
    return [each["Status"] for each in job["SecondaryStatusTransitions"]]


def test_a_completed_job_tells_its_times_cost_and_artifacts(here: Any) -> None:
    """Completed: every stage with its times, whole billed seconds, the model where AWS puts it."""
    job = here.train("completes", {"steps": "3"})
    assert statuses(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert job["TrainingJobStatus"] == "Completed"
    assert job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == "s3://tests-local/out/completes/output/model.tar.gz"
    keys = here.client("s3").list_objects_v2(Bucket="tests-local", Prefix="out/completes/")
    assert {each["Key"].rpartition("/")[2] for each in keys["Contents"]} == {
        "model.tar.gz",
        "output.tar.gz",
    }


def test_the_container_sees_what_sagemaker_would_show_it(here: Any) -> None:
    """The /opt/ml configuration is SageMaker's; all hyperparameters are strings."""
    seen = here.seen(here.train("sees", {"steps": "2", "note": "a b"}))
    assert seen["hyperparameters"] == {"steps": "2", "note": "a b"}
    assert seen["resourceconfig"]["current_host"] == "algo-1"
    assert seen["resourceconfig"]["hosts"] == ["algo-1"]
    assert seen["inputdataconfig"]["train"]["TrainingInputMode"] == "File"
    assert seen["env"]["TRAINING_JOB_NAME"] == "sees"


def test_a_job_of_several_hosts_runs_a_process_for_each(here: Any) -> None:
    """Each has a configuration of its own; the model is the first one's, and all write one log."""
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    seen = here.seen(here.train("several", {"steps": "5"}, ResourceConfig=resources))
    assert seen["resourceconfig"]["current_host"] == "algo-1"
    assert seen["resourceconfig"]["hosts"] == ["algo-1", "algo-2"]
    assert seen["env"]["TIDEMILL_LEADER"].startswith("127.0.0.1:")
    log = here.cloud.state_dir / "logs/training/several.log"
    assert log.read_text().count("start=0") == 2


def test_a_host_that_fails_fails_the_job(here: Any) -> None:
    """Even when the first one would go on for long."""
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    wishes = {"steps": "3000", "fail_on": "algo-2"}
    job = here.train("one-fails", wishes, ResourceConfig=resources)
    assert job["TrainingJobStatus"] == "Failed"
    assert "exit code: 1" in job["FailureReason"]


def test_the_container_gets_a_clean_environment(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job sees the local cloud's address and keys, the job's variables, none of the user's."""
    monkeypatch.setenv("MY_SECRET", "s3cret")
    job = here.train("clean", {}, Environment={"GIVEN": "yes"})
    env = here.seen(job)["env"]
    assert env["GIVEN"] == "yes"
    assert env["AWS_ENDPOINT_URL"] == here.cloud.endpoint
    assert env["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert not {"MY_SECRET", "TIDEMILL_LOCAL", "VIRTUAL_ENV"} & set(env)


def test_output_lines_reach_cloudwatch_logs_and_metric_definitions_are_read(here: Any) -> None:
    """Standard output is in /aws/sagemaker/TrainingJobs; the last match is the final metric."""
    algorithm = {
        "TrainingImage": "image",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "rmse", "Regex": r"rmse: ([0-9.]+)"}],
    }
    job = here.train("logs", {"steps": "4"}, AlgorithmSpecification=algorithm)
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("rmse", 4.5)]
    logs, group = here.client("logs"), "/aws/sagemaker/TrainingJobs"
    stream = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="logs/algo-1-")
    events = logs.get_log_events(
        logGroupName=group, logStreamName=stream["logStreams"][0]["logStreamName"]
    )["events"]
    assert [e["message"] for e in events] == ["start=0 seen=['rows.csv']", "rmse: 4.5"]


def test_a_failing_container_fails_the_job_with_its_own_words(here: Any) -> None:
    """Failed: the reason is AlgorithmError with the failure file's text and the exit code."""
    job = here.train("fails", {"fail": "TooFewRowsError: 3 rows are too few"})
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert (
        job["FailureReason"] == "AlgorithmError: TooFewRowsError: 3 rows are too few, exit code: 1"
    )
    assert "ModelArtifacts" not in job


def test_a_channel_without_objects_fails_the_job(here: Any) -> None:
    """Failed with ClientError, naming the address that has nothing."""
    request = here.request("empty", {})
    source = request["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3Uri"] = "s3://tests-local/none"
    here.client("sagemaker").create_training_job(**request)
    reason = here.ended("empty")["FailureReason"]
    assert reason.startswith("ClientError: ")
    assert "s3://tests-local/none" in reason


def test_a_job_past_its_runtime_is_stopped_and_keeps_its_model(here: Any) -> None:
    """MaxRuntimeExceeded: SIGTERM, then the artifacts the container leaves are uploaded."""
    limit = {"MaxRuntimeInSeconds": 1}
    job = here.train("overruns", {"steps": "1000"}, StoppingCondition=limit)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert 0 < here.seen(job)["count"] < 1000


def test_a_container_deaf_to_sigterm_is_killed_after_the_grace_period(here: Any) -> None:
    """SIGKILL follows; nothing was saved, so the job has no artifacts."""
    limit = {"MaxRuntimeInSeconds": 1}
    job = here.train("deaf", {"steps": "10000", "stubborn": "1"}, StoppingCondition=limit)
    assert job["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert "ModelArtifacts" not in job


def test_a_job_can_be_stopped_once(here: Any) -> None:
    """StopTrainingJob ends as Stopped; a second stop is refused."""
    sagemaker = here.client("sagemaker")
    sagemaker.create_training_job(**here.request("stops", {"steps": "1000"}))
    here.training("stops")
    sagemaker.stop_training_job(TrainingJobName="stops")
    job = here.ended("stops")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_training_job(TrainingJobName="stops")


def test_an_interrupted_spot_job_goes_on_from_its_checkpoint(here: Any) -> None:
    """Managed spot: Interrupted, then the same job starts again where the checkpoint left off."""
    request = here.request("resumes", {"steps": "200"}, **here.spot("resumes"))
    here.client("sagemaker").create_training_job(**request)
    here.training("resumes")
    checkpointed(here, "resumes")
    assert here.cloud.interrupt() == "resumes"
    job = here.ended("resumes")
    names = ["Starting", "Downloading", "Training"]
    assert statuses(job) == [*names, "Interrupted", *names, "Uploading", "Completed"]
    seen = here.seen(job)
    assert seen["start"] > 0
    assert seen["count"] == 200
    assert job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]


def test_checkpoints_are_in_s3_while_the_job_runs(here: Any) -> None:
    """A job that is killed outright has lost at most what came after the last sync."""
    request = here.request("syncs", {"steps": "200"}, **here.spot("syncs"))
    here.client("sagemaker").create_training_job(**request)
    here.training("syncs")
    checkpointed(here, "syncs")
    assert here.until("syncs", lambda _: True)["SecondaryStatus"] == "Training"
    here.client("sagemaker").stop_training_job(TrainingJobName="syncs")
    here.ended("syncs")


def test_a_spot_job_waits_for_capacity_no_longer_than_allowed(here: Any, faults: Any) -> None:
    """Capacity that does not come within MaxWaitTimeInSeconds: Stopped, not Failed."""
    faults.order_fault("MaxWaitTimeExceeded", match="waits")
    job = here.train("waits", {}, **here.spot("waits"))
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert "ModelArtifacts" not in job
    slow = here.train("waits-really", {"steps": "1000"}, **here.spot("waits-really", 1))
    assert slow["TrainingJobStatus"] == "Stopped"


@pytest.mark.parametrize("fault", ["CapacityError", "InternalServerError"])
def test_aws_own_failures_can_be_ordered(here: Any, faults: Any, fault: str) -> None:
    """The next job that matches fails with AWS's own reason; the one after does not."""
    faults.order_fault(fault, match=fault)
    job = here.train(f"{fault}-1", {})
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(f"{fault}: ")
    assert here.train(f"{fault}-2", {})["TrainingJobStatus"] == "Completed"


def test_a_retry_strategy_covers_internal_errors_only(here: Any, faults: Any) -> None:
    """With retries left an internal error restarts the job; a capacity error still fails it."""
    retries = {"RetryStrategy": {"MaximumRetryAttempts": 1}}
    faults.order_fault("InternalServerError", match="retried")
    job = here.train("retried", {}, **retries)
    assert job["TrainingJobStatus"] == "Completed"
    assert "Restarting" in statuses(job)
    faults.order_fault("CapacityError", match="not-retried")
    assert here.train("not-retried", {}, **retries)["TrainingJobStatus"] == "Failed"


def test_a_name_is_used_once(here: Any) -> None:
    """A second job of a name is refused as ResourceInUse, even after the first has ended."""
    here.train("once", {})
    sagemaker = here.client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_training_job(**here.request("once", {}))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"TrainingJobName": "no_underscores"}, "TrainingJobName"),
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds"),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/tmp/x"}}, "/opt/ml"),  # noqa: S108
        (
            {"ResourceConfig": {"InstanceType": "ml.big", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            "InstanceType",
        ),
    ],
)
def test_a_request_aws_would_refuse_is_refused(
    here: Any, change: dict[str, Any], word: str
) -> None:
    """ValidationException names what is wrong; no job is made."""
    request = here.request("refused", {}, **change)
    with pytest.raises(ClientError, match=word) as caught:
        here.client("sagemaker").create_training_job(**request)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_jobs_are_listed_latest_first(here: Any) -> None:
    """ListTrainingJobs filters by name and status, and pages."""
    for number in range(3):
        here.train(f"listed-{number}", {})
    found = here.client("sagemaker").list_training_jobs(NameContains="listed-", MaxResults=2)
    names = [each["TrainingJobName"] for each in found["TrainingJobSummaries"]]
    assert names == ["listed-2", "listed-1"]
    assert found["NextToken"]


def test_a_job_may_do_what_its_role_may(here: Any) -> None:
    """Policies are enforced: a role without the bucket's rights cannot read its channel."""
    role = here.allow("elsewhere", "arn:aws:s3:::another-bucket/*")
    job = here.train("not-allowed", {}, RoleArn=role)
    assert job["TrainingJobStatus"] == "Failed"
    assert "AccessDenied" in job["FailureReason"]
