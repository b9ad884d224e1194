"""The training workflow: every end it can come to, and what it asks of AWS on the way."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tidemill.records import RunRequest
from training.plan.plan import Job
from training.record.record import Ending, Failure

from .arguments import check_arguments
from .conftest import MODEL_URI, PACKAGE, RUN, SUBSTITUTIONS
from .interpreter import Execution, Outcome, TaskError, load, run

JUDGED = {
    "artifact_uri": "s3://models/a.tidemill",
    "artifact_sha256": "a" * 64,
    "evaluation_uri": "s3://models/evaluation.json",
    "report_uri": "s3://models/report.html",
    "metrics": {"rmse": 2.1},
    "verdict": {"passed": True, "reasons": ["test rmse 2.1 meets <= 2.5"]},
    "summary": "test rmse 2.1 meets <= 2.5",
    "card": '{"model_overview": {}}',
    "lineage": {"pipeline": "shells", "dataset_version": "d", "lineage_uri": "s3://models/l.json"},
    "delivered": "complete",
    "improvement": 0.5,
}
REJECTED = JUDGED | {"verdict": {"passed": False, "reasons": ["worse"]}, "summary": "worse"}
CAPACITY = "CapacityError: Unable to provision requested ML compute capacity."

type Train = Callable[..., Execution]


def completed(arguments: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "TrainingJobName": arguments["TrainingJobName"],
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "ModelArtifacts": {"S3ModelArtifacts": MODEL_URI},
        "TrainingTimeInSeconds": 100,
        "BillableTimeInSeconds": 30,
    } | more


def ended(status: str, secondary: str, **more: Any) -> TaskError:  # noqa: ANN401
    """How a job that ended badly fails its task."""
    description = {
        "TrainingJobName": "tidemill-job",
        "TrainingJobStatus": status,
        "SecondaryStatus": secondary,
        "TrainingTimeInSeconds": 50,
        "BillableTimeInSeconds": 20,
    }
    return TaskError("States.TaskFailed", json.dumps(description | more))


@pytest.fixture
def train(request_: dict[str, Any], planned: Job) -> Train:
    """Run the workflow; what is not said goes well."""

    def follow(**tasks: list[Outcome]) -> Execution:
        fine: dict[str, list[Outcome]] = {
            "PlanRun": [{"Payload": planned.model_dump(mode="json")}],
            "Train": [completed],
            "JudgeModel": [{"Payload": JUDGED}],
            "CreateGroup": [{"ModelPackageGroupArn": "arn"}],
            "RegisterModel": [{"ModelPackageArn": PACKAGE}],
            "RecordModel": [{"Payload": {}}],
            "SetApproval": [{"ModelPackageArn": PACKAGE}],
            "RecordEnding": [{"Payload": {}}],
        }
        return run(load("training", SUBSTITUTIONS), request_, fine | tasks)

    return follow


def recorded(execution: Execution) -> Ending:
    """The one ending that was written down."""
    (payload,) = (
        call.arguments["Payload"] for call in execution.calls if call.state.startswith("Record")
    )
    return Ending.model_validate(payload)


def test_a_good_model_is_trained_judged_registered_and_approved(train: Train) -> None:
    """The main path, in order, with arguments that SageMaker takes."""
    execution = train()
    assert (execution.status, execution.states) == (
        "SUCCEEDED",
        [
            "ReadRequest",
            "PlanRun",
            "Train",
            "CountUse",
            "DidItDeliver?",
            "JudgeModel",
            "CreateGroup",
            "RegisterModel",
            "RecordModel",
            "MayItServe?",
            "SetApproval",
            "Done",
        ],
    )
    check_arguments(execution)
    (approval,) = execution.arguments("SetApproval")
    assert approval["ModelApprovalStatus"] == "Approved"


def test_the_record_has_the_bill_and_the_model(train: Train) -> None:
    """What the workflow hands to the record is what the record reads."""
    ending = recorded(train())
    assert ending.outcome == "completed"
    assert [(job.billable_seconds, job.spot) for job in ending.jobs] == [(30, True)]
    assert ending.model is not None
    assert ending.model.package_arn == PACKAGE
    assert ending.model.metrics == {"rmse": 2.1}


def test_the_plan_gets_the_request(train: Train, request_: dict[str, Any]) -> None:
    """As it came in."""
    (arguments,) = train().arguments("PlanRun")
    assert RunRequest.model_validate(arguments["Payload"]) == RunRequest.model_validate(request_)


def test_the_job_is_spot_checkpointed_and_bounded(train: Train, planned: Job) -> None:
    """Runtime, waiting and the task's own timeout all have a limit."""
    execution = train()
    (job,) = execution.arguments("Train")
    assert job["EnableManagedSpotTraining"] is True
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 10_800}
    assert job["CheckpointConfig"] == {"S3Uri": planned.checkpoints_uri}
    assert [channel["ChannelName"] for channel in job["InputDataConfig"]] == [
        channel.name for channel in planned.channels
    ]
    assert execution.calls[1].timeout == 10_800 + 3600


@pytest.mark.parametrize(
    "gone",
    [
        ended("Failed", "Failed", FailureReason=CAPACITY),
        ended("Stopped", "MaxWaitTimeExceeded"),
        lambda arguments: completed(
            arguments, TrainingJobStatus="Stopped", SecondaryStatus="MaxWaitTimeExceeded"
        ),
    ],
    ids=["no capacity", "waited too long", "waited too long, as a result"],
)
def test_without_spot_capacity_it_goes_on_on_demand(train: Train, gone: Outcome) -> None:
    """From the same checkpoint, under a new name, without a waiting time; both are billed."""
    execution = train(Train=[gone, completed])
    assert execution.status == "SUCCEEDED"
    check_arguments(execution)
    spot, demand = execution.arguments("Train")
    assert demand["CheckpointConfig"] == spot["CheckpointConfig"]
    assert demand["TrainingJobName"] != spot["TrainingJobName"]
    assert demand["EnableManagedSpotTraining"] is False
    assert demand["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}
    assert [job.spot for job in recorded(execution).jobs] == [True, False]


def test_on_demand_is_tried_once(train: Train) -> None:
    """Where on-demand capacity is missing too, the run ends, with both bills."""
    gone = ended("Failed", "Failed", FailureReason=CAPACITY)
    execution = train(Train=[gone, gone])
    assert (execution.status, execution.error) == ("FAILED", "TrainingJobFailed")
    assert len(recorded(execution).jobs) == 2


def test_data_that_a_job_cannot_learn_from_refuse_the_run(train: Train) -> None:
    """The run is recorded as refused, under the name of what was found, and billed."""
    told = "AlgorithmError: LeakageError: shell tells rings: mark it, exit code: 1"
    execution = train(Train=[ended("Failed", "Failed", FailureReason=told)])
    ending = recorded(execution)
    assert (execution.status, ending.outcome) == ("SUCCEEDED", "refused")
    assert ending.failure == Failure(
        error="LeakageError", cause="LeakageError: shell tells rings: mark it"
    )
    assert len(ending.jobs) == 1


@pytest.mark.parametrize(
    ("fault", "error", "cause"),
    [
        (
            ended("Failed", "Failed", FailureReason="AlgorithmError: rings is 7 in every row"),
            "TrainingJobFailed",
            "AlgorithmError: rings is 7 in every row",
        ),
        (
            ended("Stopped", "MaxRuntimeExceeded"),
            "TrainingJobStopped",
            "MaxRuntimeExceeded: no model was ready; raise training.max_runtime, or lower trials",
        ),
        (ended("Stopped", "Stopped"), "TrainingJobStopped", "Stopped"),
        (
            TaskError("SageMaker.ValidationException", "no"),
            "TrainingJobRefused",
            "SageMaker.ValidationException: no",
        ),
        (TaskError("States.Timeout", ""), "States.Timeout", ""),
    ],
)
def test_a_job_that_fails_is_recorded_with_its_own_words(
    train: Train, fault: TaskError, error: str, cause: str
) -> None:
    """The execution fails under a name, with the reason that the job gave."""
    execution = train(Train=[fault])
    assert (execution.status, execution.error, execution.cause) == ("FAILED", error, cause)
    ending = recorded(execution)
    assert ending.outcome == "failed"
    assert ending.failure is not None
    assert (ending.failure.error, ending.failure.cause) == (error, cause)


def test_a_job_out_of_time_that_left_a_model_is_judged(train: Train) -> None:
    """The best so far is judged, registered and recorded, as one that was completed is."""
    late = ended("Stopped", "MaxRuntimeExceeded", ModelArtifacts={"S3ModelArtifacts": MODEL_URI})
    execution = train(Train=[late], JudgeModel=[{"Payload": JUDGED | {"delivered": "best so far"}}])
    assert execution.status == "SUCCEEDED"
    ending = recorded(execution)
    assert ending.model is not None
    assert (ending.outcome, ending.model.delivered) == ("completed", "best so far")


def test_several_hosts_are_asked_for_billed_and_talk_in_private(train: Train, planned: Job) -> None:
    """The traffic between them is encrypted; the record knows how many were paid for."""
    several = planned.model_copy(update={"instances": 3}).model_dump(mode="json")
    execution = train(PlanRun=[{"Payload": several}])
    check_arguments(execution)
    (job,) = execution.arguments("Train")
    assert job["ResourceConfig"]["InstanceCount"] == 3
    assert job["EnableInterContainerTrafficEncryption"] is True
    assert [use.instances for use in recorded(execution).jobs] == [3]


def test_the_package_carries_its_card_and_lineage(train: Train) -> None:
    """Pending review, and as the registry takes them; the record keeps the lineage."""
    execution = train()
    (package,) = execution.arguments("RegisterModel")
    assert package["ModelCard"] == {
        "ModelCardContent": JUDGED["card"],
        "ModelCardStatus": "PendingReview",
    }
    assert package["CustomerMetadataProperties"]["dataset_version"] == "d"
    assert recorded(execution).model.lineage == JUDGED["lineage"]


REFUSALS = [
    "BudgetExceededError",
    "ConstantTargetError",
    "FutureDataError",
    "NoUsableFeatureError",
    "TooFewRowsError",
    "TooLargeForInstanceError",
    "UnknownPriceError",
]


@pytest.mark.parametrize("error", REFUSALS)
def test_a_refused_run_ends_well_and_costs_nothing(train: Train, error: str) -> None:
    """A refusal is an outcome, not a failure of the workflow."""
    cause = json.dumps({"errorMessage": "2 h = $0.23, above $0.10", "errorType": error})
    execution = train(PlanRun=[TaskError(error, cause)])
    assert execution.status == "SUCCEEDED"
    assert execution.states == ["ReadRequest", "PlanRun", "RecordEnding", "WasItRefused?", "Done"]
    ending = recorded(execution)
    assert (ending.outcome, ending.jobs) == ("refused", ())


@pytest.mark.parametrize(
    "state", ["PlanRun", "JudgeModel", "CreateGroup", "RegisterModel", "RecordModel"]
)
def test_a_crash_of_any_task_is_recorded_as_a_failure(train: Train, state: str) -> None:
    """Whatever else happens, the run's record does not stay `running`."""
    crash = TaskError("Sandbox.Timedout", "Task timed out")
    execution = train(**{state: [crash]})
    assert (execution.status, execution.error) == ("FAILED", "Sandbox.Timedout")
    endings = execution.arguments("RecordEnding")
    assert [Ending.model_validate(ending["Payload"]).outcome for ending in endings] == ["failed"]


def test_a_throttled_call_is_tried_again(train: Train) -> None:
    """Passing faults of Lambda and SageMaker do not end a run."""
    busy = TaskError("Lambda.TooManyRequestsException")
    throttled = TaskError("SageMaker.SageMakerException", "Rate exceeded")
    execution = train(
        JudgeModel=[busy, busy, {"Payload": JUDGED}],
        RegisterModel=[throttled, {"ModelPackageArn": PACKAGE}],
        SetApproval=[throttled, {"ModelPackageArn": PACKAGE}],
    )
    assert execution.status == "SUCCEEDED"
    tokens = {package["ClientToken"] for package in execution.arguments("RegisterModel")}
    assert len(tokens) == 1


def test_every_attempt_has_its_own_name(train: Train) -> None:
    """A retried call, a fallback and another run never reuse the name of a training job."""
    limit = TaskError("SageMaker.ResourceLimitExceededException")
    gone = ended("Stopped", "MaxWaitTimeExceeded")
    execution = train(Train=[limit, limit, gone, limit, completed])
    names = [job["TrainingJobName"] for job in execution.arguments("Train")]
    assert len(set(names)) == 5
    check_arguments(execution)


def test_two_runs_of_a_long_named_pipeline_have_two_names(
    train: Train, request_: dict[str, Any], planned: Job
) -> None:
    """What tells runs apart is at their names' end, and survives the limit of 63 characters."""
    other = {**request_, "run": RUN[:-12] + "ba9876543210"}
    tasks: dict[str, list[Outcome]] = {
        "PlanRun": [{"Payload": planned.model_dump(mode="json")}],
        "Train": [TaskError("States.Timeout")],
        "RecordEnding": [{"Payload": {}}],
    }
    again = run(load("training", SUBSTITUTIONS), other, tasks)
    names = [made.arguments("Train")[0]["TrainingJobName"] for made in (train(), again)]
    assert names[0] != names[1]


def test_a_group_that_exists_is_no_obstacle(train: Train) -> None:
    """The second model of a pipeline joins the group that the first one made."""
    taken = TaskError("SageMaker.ValidationException", "Model Package Group already exists")
    assert train(CreateGroup=[taken]).status == "SUCCEEDED"


def test_a_model_that_does_not_pass_is_rejected(train: Train) -> None:
    """In the registry too, with the reasons."""
    execution = train(JudgeModel=[{"Payload": REJECTED}])
    assert execution.status == "SUCCEEDED"
    (approval,) = execution.arguments("SetApproval")
    assert (approval["ModelApprovalStatus"], approval["ApprovalDescription"]) == (
        "Rejected",
        "worse",
    )


def test_where_a_person_decides_the_package_stays_pending(train: Train, planned: Job) -> None:
    """With manual approval a good model waits; a bad one is rejected all the same."""
    manual = planned.model_copy(update={"automatic": False}).model_dump(mode="json")
    waiting = train(PlanRun=[{"Payload": manual}])
    assert waiting.arguments("SetApproval") == []
    assert waiting.arguments("RegisterModel")[0]["ModelApprovalStatus"] == "PendingManualApproval"
    refused = train(PlanRun=[{"Payload": manual}], JudgeModel=[{"Payload": REJECTED}])
    assert refused.arguments("SetApproval")[0]["ModelApprovalStatus"] == "Rejected"


def test_a_long_summary_fits_the_registry(train: Train) -> None:
    """As long as the judge may make it."""
    long = JUDGED | {"summary": "x" * 1000}
    check_arguments(train(JudgeModel=[{"Payload": long}]))
