"""The release workflow: an approved package is tried, becomes the champion and is watched."""

from typing import Any

import pytest

from tidemill.events import ModelPromoted, ModelRolledBack

from .arguments import check_arguments
from .conftest import PACKAGE, PIPELINE, SUBSTITUTIONS
from .interpreter import Execution, TaskError, load, run

REQUEST = {"package_arn": PACKAGE, "approved_at": "2026-11-01T12:00:00Z"}
WAIT = {"Payload": {"outcome": "wait", "wait": 20, "reason": ""}}
PASS = {"Payload": {"outcome": "pass", "wait": 0, "reason": "as it should be"}}
FAIL = {"Payload": {"outcome": "fail", "wait": 0, "reason": "canary: 3 of 3 failed"}}
OVER = {"Payload": {"outcome": "over", "wait": 0, "reason": "another release"}}
APPROVED = {"ModelApprovalStatus": "Approved"}


def at(stage: str, champion: int = 2, *, taken_back: bool = False) -> dict[str, Any]:
    """What the function that takes releases from stage to stage answers."""
    standing = {"stage": stage, "champion": champion, "previous": 1, "taken_back": taken_back}
    return {"Payload": standing}


def release(status: str = "Approved", **tasks: Any) -> Execution:  # noqa: ANN401 - outcomes
    package = {
        "ModelPackageVersion": 3,
        "ModelPackageArn": PACKAGE,
        "ModelApprovalStatus": status,
        "CustomerMetadataProperties": {"pipeline": PIPELINE},
    }
    fine: dict[str, Any] = {
        "ReadPackage": [package],
        "BeginRelease": [at("promote")],
        "ReadApproval": [APPROVED] * 20,
        "PromoteModel": [at("over", 3)],
        "TellOfPromotion": [{"FailedEntryCount": 0}],
        "RejectPackage": [{"ModelPackageArn": PACKAGE}],
        "TellOfRollback": [{"FailedEntryCount": 0}],
    }
    return run(load("release", SUBSTITUTIONS), REQUEST, fine | tasks)


def event_of(execution: Execution, state: str) -> dict[str, Any]:
    (told,) = execution.arguments(state)
    (entry,) = told["Entries"]
    assert entry["DetailType"] in {ModelPromoted.__name__, ModelRolledBack.__name__}
    return {"detail": entry["Detail"]}


def test_an_approved_package_is_promoted_and_told_of() -> None:
    """The champion changes first; the event says so in the form that the bus has."""
    execution = release()
    assert execution.status == "SUCCEEDED"
    check_arguments(execution)
    (payload,) = execution.arguments("PromoteModel")
    assert payload["Payload"] == {
        "step": "promote",
        "pipeline": PIPELINE,
        "model_version": 3,
        "release": "run",
        "approved_at": REQUEST["approved_at"],
    }
    event = ModelPromoted.from_event(event_of(execution, "TellOfPromotion"))
    assert (event.model_version, event.previous) == (3, 1)
    assert execution.waited == []


def test_a_canary_goes_from_stage_to_stage() -> None:
    """Each is looked at until it is over, the looks of each counted anew."""
    execution = release(
        BeginRelease=[at("shadow")],
        CheckModel=[WAIT, WAIT, PASS, WAIT, PASS, PASS],
        AdvanceRelease=[at("canary"), at("promote"), at("over", 3)],
        PromoteModel=[at("bake", 3)],
    )
    assert execution.status == "SUCCEEDED"
    check_arguments(execution)
    looks = [call["Payload"]["look"] for call in execution.arguments("CheckModel")]
    assert looks == [1, 2, 3, 1, 2, 1]
    assert execution.waited == [15, 20, 20, 15, 20, 15]
    assert execution.arguments("TellOfRollback") == []
    assert [call["Payload"]["step"] for call in execution.arguments("AdvanceRelease")] == [
        "advance"
    ] * 3


def test_a_model_that_does_not_hold_is_taken_back_and_told_of() -> None:
    """With the reason that the check gave; nothing is promoted."""
    execution = release(
        BeginRelease=[at("canary")],
        CheckModel=[WAIT, FAIL],
        RollBack=[at("over", taken_back=True)],
    )
    assert execution.status == "SUCCEEDED"
    check_arguments(execution)
    (asked,) = execution.arguments("RollBack")
    assert (asked["Payload"]["step"], asked["Payload"]["reason"]) == (
        "roll_back",
        "canary: 3 of 3 failed",
    )
    (rejected,) = execution.arguments("RejectPackage")
    assert rejected["ModelApprovalStatus"] == "Rejected"
    event = ModelRolledBack.from_event(event_of(execution, "TellOfRollback"))
    assert (event.model_version, event.previous) == (2, 3)
    assert event.reason == "canary: 3 of 3 failed"
    assert execution.arguments("PromoteModel") == []


def test_an_approval_that_is_taken_back_meanwhile_ends_the_trial() -> None:
    """A person who rejects the package stops its release at the next look."""
    execution = release(
        BeginRelease=[at("shadow")],
        ReadApproval=[{"ModelApprovalStatus": "Rejected"}],
        CheckModel=[WAIT],
        RollBack=[at("over", taken_back=True)],
    )
    (asked,) = execution.arguments("RollBack")
    assert asked["Payload"]["reason"] == "the approval was taken back"


def test_a_release_that_was_overtaken_tells_nothing() -> None:
    """Neither at a look nor when it would be rolled back."""
    overtaken = release(
        BeginRelease=[at("shadow")], CheckModel=[OVER], AdvanceRelease=[at("over", 4)]
    )
    late = release(BeginRelease=[at("shadow")], CheckModel=[FAIL], RollBack=[at("over", 4)])
    for execution in (overtaken, late):
        assert execution.status == "SUCCEEDED"
        assert not execution.arguments("TellOfPromotion") + execution.arguments("TellOfRollback")


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_an_approval_that_was_taken_back_releases_nothing(status: str) -> None:
    """The registry's word counts at the time of the release."""
    execution = release(status)
    assert (execution.status, execution.states[-1]) == ("SUCCEEDED", "Done")
    assert execution.arguments("BeginRelease") == []


def test_a_promotion_that_fails_fails_the_release() -> None:
    """Nothing is told of a promotion that did not happen."""
    execution = release(PromoteModel=[TaskError("UnknownModelError", "no model 3")])
    assert (execution.status, execution.error) == ("FAILED", "UnknownModelError")
    assert execution.arguments("TellOfPromotion") == []


def test_an_approval_that_was_overtaken_is_not_told_of() -> None:
    """The model that was approved later stays, and nobody hears of a promotion."""
    execution = release(PromoteModel=[at("over", 4)])
    assert execution.status == "SUCCEEDED"
    assert not execution.arguments("TellOfPromotion")
