"""The workflow of a large batch file: scored by many workers, and what may go wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from .arguments import check_arguments
from .conftest import PIPELINE, SUBSTITUTIONS
from .interpreter import Execution, Outcome, TaskError, load, run

BASE = f"work/_batch/{PIPELINE}/0123456789abcdef/3-0123456789abcdef"
PLAN_URI = f"s3://data/{BASE}/plan.json"
LANDED = {"time": "2026-11-01T00:00:00Z", "detail": {"bucket": {"name": "landing"}, "object": {}}}
PARTS = [{"plan_uri": PLAN_URI, "part": number} for number in range(3)]
PLANNED = {
    "Payload": {
        "route": "parts",
        "plan_uri": PLAN_URI,
        "bucket": "data",
        "key": f"{BASE}/parts.json",
        "parts": len(PARTS),
    }
}
CRASH = TaskError("Runtime.ExitError", "RequestId: 1 Error: Runtime exited with signal: killed")
BUSY = TaskError("Lambda.TooManyRequestsException", "Rate Exceeded.")

type Score = Callable[..., Execution]


@pytest.fixture
def score() -> Score:
    """Run the workflow; what is not said goes well."""

    def follow(**tasks: list[Outcome]) -> Execution:
        fine: dict[str, list[Outcome]] = {
            "PlanBatch": [PLANNED],
            "ScoreParts": [PARTS],
            "ScorePart": [{"Payload": {}}] * len(PARTS),
            "AssembleResult": [{"Payload": {"state": "completed"}}],
            "RecordFailure": [{"Payload": {"state": "failed"}}],
        }
        return run(load("batch", SUBSTITUTIONS), {"landed": LANDED}, fine | tasks)

    return follow


def test_parts_are_planned_scored_and_put_together(score: Score) -> None:
    """The main path: every part of the list goes to a worker, then the result is written, once."""
    execution = score()
    assert (execution.status, execution.states) == (
        "SUCCEEDED",
        ["PlanBatch", "IsItToBeScored?", "ScoreParts", "AssembleResult", "Done"],
    )
    check_arguments(execution)
    (plan,) = execution.arguments("PlanBatch")
    assert plan["Payload"] == {"step": "plan", "landed": LANDED}
    (read,) = execution.arguments("ScoreParts")
    assert read == {"Bucket": "data", "Key": f"{BASE}/parts.json"}
    scored = [arguments["Payload"] for arguments in execution.arguments("ScorePart")]
    assert scored == [{"step": "score", **part} for part in PARTS]
    (assemble,) = execution.arguments("AssembleResult")
    assert assemble["Payload"] == {"step": "assemble", "plan_uri": PLAN_URI}


def test_a_file_that_is_refused_is_done(score: Score) -> None:
    """The plan has recorded it; the execution ends well, and nobody is woken."""
    execution = score(PlanBatch=[{"Payload": {"route": "done"}}])
    assert (execution.status, execution.states[-1]) == ("SUCCEEDED", "Done")
    assert execution.arguments("ScorePart") == []


@pytest.mark.parametrize("state", ["PlanBatch", "ScorePart", "AssembleResult"])
def test_a_function_that_dies_is_called_again(score: Score, state: str) -> None:
    """The failed call alone, with the same arguments."""
    answers: dict[str, Any] = {
        "PlanBatch": PLANNED,
        "ScorePart": {"Payload": {}},
        "AssembleResult": {"Payload": {"state": "completed"}},
    }
    execution = score(**{state: [CRASH, *[answers[state]] * len(PARTS)]})
    assert execution.status == "SUCCEEDED"
    first, second = execution.arguments(state)[:2]
    assert first == second
    assert len(execution.arguments("ScorePart")) == len(PARTS) + (state == "ScorePart")


def test_workers_wait_for_room(score: Score) -> None:
    """An account that runs ten functions at a time scores a thousand parts all the same."""
    execution = score(ScorePart=[*[BUSY] * 15, *[{"Payload": {}}] * len(PARTS)])
    assert execution.status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("PlanBatch", CRASH.error),
        ("ScorePart", "States.ExceedToleratedFailureThreshold"),
        ("AssembleResult", CRASH.error),
    ],
)
def test_what_fails_for_good_is_recorded_and_fails(score: Score, state: str, error: str) -> None:
    """The file ends in a state, and the execution under the name of its error."""
    execution = score(**{state: [CRASH] * 5})
    assert (execution.status, execution.error) == ("FAILED", error)
    assert execution.states[-2:] == ["RecordFailure", "BatchFailed"]
    (recorded,) = execution.arguments("RecordFailure")
    said = recorded["Payload"]
    assert (said["step"], said["landed"], said["error"]) == ("fail", LANDED, error)
    assert isinstance(said["cause"], str)
