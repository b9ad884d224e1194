"""The ingestion workflow: a large drop by many workers or by one job, and what may go wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from .arguments import check_arguments
from .conftest import PIPELINE, SUBSTITUTIONS
from .interpreter import Execution, Outcome, TaskError, load, run

DROP = "0123456789abcdef"
BASE = f"drops/{PIPELINE}/rows/{DROP}/0123456789abcdef"
PLAN_URI = f"s3://data/{BASE}/plan.json"
LANDED = {"time": "2026-11-01T00:00:00Z", "detail": {"bucket": {"name": "landing"}, "object": {}}}
PARTS = [{"plan_uri": PLAN_URI, "part": number} for number in range(3)]
CRASH = TaskError("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with signal: killed")
TIMEOUT = TaskError("Sandbox.Timedout", "Task timed out after 900.00 seconds")
BUSY = TaskError("Lambda.TooManyRequestsException", "Rate Exceeded.")

type Ingest = Callable[..., Execution]


def planned(route: str) -> dict[str, Any]:
    """The answer of the step `plan`."""
    return {
        "Payload": {
            "route": route,
            "pipeline": PIPELINE,
            "drop_id": DROP,
            "plan_uri": PLAN_URI,
            "bucket": "data",
            "key": f"{BASE}/parts.json",
            "parts": len(PARTS),
        }
    }


@pytest.fixture
def ingest() -> Ingest:
    """Run the workflow; what is not said goes well, by many workers."""

    def follow(**tasks: list[Outcome]) -> Execution:
        fine: dict[str, list[Outcome]] = {
            "PlanParts": [planned("parts")],
            "SortParts": [PARTS],
            "SortPart": [{"Payload": {}}] * len(PARTS),
            "SortInOneJob": [{"ProcessingJobStatus": "Completed"}],
            "RecordDrop": [{"Payload": {"state": "accepted", "again": False}}],
        }
        return run(load("ingestion", SUBSTITUTIONS), {"landed": LANDED}, fine | tasks)

    return follow


def test_parts_are_planned_sorted_and_recorded(ingest: Ingest) -> None:
    """The main path: every part of the list goes to a worker, then the drop is recorded, once."""
    execution = ingest()
    assert (execution.status, execution.states) == (
        "SUCCEEDED",
        ["PlanParts", "WhoSortsIt?", "SortParts", "RecordDrop", "IsItToBeReadAgain?", "Done"],
    )
    check_arguments(execution)
    (plan,) = execution.arguments("PlanParts")
    assert plan["Payload"] == {"step": "plan", "landed": LANDED}
    (read,) = execution.arguments("SortParts")
    assert read == {"Bucket": "data", "Key": f"{BASE}/parts.json"}
    sorted_ = [arguments["Payload"] for arguments in execution.arguments("SortPart")]
    assert sorted_ == [{"step": "sort", **part} for part in PARTS]
    (record,) = execution.arguments("RecordDrop")
    assert record["Payload"] == {"step": "record", "plan_uri": PLAN_URI}


def test_what_cannot_be_cut_goes_to_a_job(ingest: Ingest) -> None:
    """One instance runs the same code over the plan, in the settings that a function has."""
    execution = ingest(PlanParts=[planned("job")])
    assert (execution.status, "SortParts" in execution.states) == ("SUCCEEDED", False)
    check_arguments(execution)
    (job,) = execution.arguments("SortInOneJob")
    assert job["AppSpecification"]["ContainerEntrypoint"] == [
        "python",
        "-m",
        "ingestion.ingest.job",
    ]
    assert job["AppSpecification"]["ContainerArguments"] == [PLAN_URI]
    assert job["Environment"] == {"TIDEMILL_STAGE": "local", "TIDEMILL_PART_MB": "128"}
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 1
    assert job["ProcessingJobName"].startswith(f"tidemill-local-{DROP}-")
    assert len(execution.arguments("RecordDrop")) == 1


def test_a_job_has_time_to_end_by_itself(ingest: Ingest) -> None:
    """The task waits longer than the job may run."""
    execution = ingest(PlanParts=[planned("job")])
    (call,) = [call for call in execution.calls if call.state == "SortInOneJob"]
    limit = call.arguments["StoppingCondition"]["MaxRuntimeInSeconds"]
    assert call.timeout is not None
    assert call.timeout > limit


def test_a_drop_that_the_plan_has_recorded_is_done(ingest: Ingest) -> None:
    """A refusal that needs no reading ends there, and well."""
    execution = ingest(PlanParts=[{"Payload": {"route": "done"}}])
    assert (execution.status, execution.states) == (
        "SUCCEEDED",
        ["PlanParts", "WhoSortsIt?", "Done"],
    )


@pytest.mark.parametrize("fault", [CRASH, TIMEOUT, TaskError("Lambda.Unknown")])
@pytest.mark.parametrize("state", ["PlanParts", "SortPart", "RecordDrop"])
def test_a_function_that_dies_is_called_again(ingest: Ingest, state: str, fault: TaskError) -> None:
    """Out of time, out of memory or taken away: the step is repeated, and nothing is lost."""
    fine: dict[str, Any] = {
        "PlanParts": planned("parts"),
        "SortPart": {"Payload": {}},
        "RecordDrop": {"Payload": {"again": False}},
    }
    answers = [fine[state]] * len(PARTS)
    execution = ingest(**{state: [fault, *answers]})
    assert execution.status == "SUCCEEDED"
    first, second = execution.arguments(state)[:2]
    assert first == second


def test_workers_wait_for_room(ingest: Ingest) -> None:
    """An account that runs ten functions at a time sorts a thousand parts all the same."""
    execution = ingest(SortPart=[*[BUSY] * 15, *[{"Payload": {}}] * len(PARTS)])
    assert execution.status == "SUCCEEDED"


def test_a_part_that_fails_for_good_fails_the_execution(ingest: Ingest) -> None:
    """Nothing is recorded of a drop that was sorted in part: the execution can be redriven."""
    execution = ingest(SortPart=[CRASH] * 5)
    assert (execution.status, execution.error) == (
        "FAILED",
        "States.ExceedToleratedFailureThreshold",
    )
    assert execution.arguments("RecordDrop") == []


def test_a_job_that_fails_is_followed_by_another(ingest: Ingest) -> None:
    """Under another name, for SageMaker keeps names; after the third the execution fails."""
    failed = TaskError("States.TaskFailed", '{"ProcessingJobStatus": "Failed"}')
    done = {"ProcessingJobStatus": "Completed"}
    execution = ingest(PlanParts=[planned("job")], SortInOneJob=[failed, failed, done])
    assert execution.status == "SUCCEEDED"
    names = {job["ProcessingJobName"] for job in execution.arguments("SortInOneJob")}
    assert len(names) == 3
    given_up = ingest(PlanParts=[planned("job")], SortInOneJob=[failed] * 3)
    assert (given_up.status, given_up.error) == ("FAILED", "States.TaskFailed")
    assert given_up.arguments("RecordDrop") == []


def test_a_newer_contract_has_the_drop_read_again(ingest: Ingest) -> None:
    """Planned, sorted and recorded anew under the contract that came into force meanwhile."""
    again = {"Payload": {"state": "quarantined", "again": True}}
    execution = ingest(
        PlanParts=[planned("parts"), planned("job")],
        RecordDrop=[again, {"Payload": {"state": "accepted", "again": False}}],
    )
    assert execution.status == "SUCCEEDED"
    assert execution.states.count("PlanParts") == 2
    first, second = execution.arguments("PlanParts")
    assert first == second
