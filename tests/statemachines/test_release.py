"""The release workflow: an approved package becomes the champion."""

from typing import Any

import pytest

from tidemill.events import ModelPromoted

from .arguments import check_arguments
from .conftest import PACKAGE, PIPELINE, SUBSTITUTIONS
from .interpreter import Execution, TaskError, load, run

REQUEST = {"package_arn": PACKAGE, "approved_at": "2026-11-01T12:00:00Z"}


def release(status: str = "Approved", **tasks: Any) -> Execution:  # noqa: ANN401 - outcomes
    package = {
        "ModelPackageVersion": 3,
        "ModelApprovalStatus": status,
        "CustomerMetadataProperties": {"pipeline": PIPELINE},
    }
    fine: dict[str, Any] = {
        "ReadPackage": [package],
        "PromoteModel": [{"Payload": {"model_version": 3, "previous": None}}],
        "TellOfPromotion": [{"FailedEntryCount": 0}],
    }
    return run(load("release", SUBSTITUTIONS), REQUEST, fine | tasks)


def test_an_approved_package_is_promoted_and_told_of() -> None:
    """The champion changes first; the event says so in the form that the bus has."""
    execution = release()
    assert execution.status == "SUCCEEDED"
    check_arguments(execution)
    (payload,) = execution.arguments("PromoteModel")
    assert payload["Payload"] == {
        "pipeline": PIPELINE,
        "model_version": 3,
        "reason": "the package was approved",
        "approved_at": REQUEST["approved_at"],
    }
    (told,) = execution.arguments("TellOfPromotion")
    (entry,) = told["Entries"]
    assert entry["DetailType"] == ModelPromoted.__name__
    event = ModelPromoted.from_event({"detail": entry["Detail"]})
    assert (event.model_version, event.previous) == (3, None)


@pytest.mark.parametrize("status", ["Rejected", "PendingManualApproval"])
def test_an_approval_that_was_taken_back_promotes_nothing(status: str) -> None:
    """The registry's word counts at the time of the release."""
    execution = release(status)
    assert (execution.status, execution.states[-1]) == ("SUCCEEDED", "Withdrawn")
    assert execution.arguments("PromoteModel") == []


def test_a_promotion_that_fails_fails_the_release() -> None:
    """Nothing is told of a promotion that did not happen."""
    execution = release(PromoteModel=[TaskError("UnknownModelError", "no model 3")])
    assert (execution.status, execution.error) == ("FAILED", "UnknownModelError")
    assert execution.arguments("TellOfPromotion") == []


def test_an_approval_that_was_overtaken_is_not_told_of() -> None:
    """The model that was approved later stays, and nobody hears of a promotion."""
    execution = release(PromoteModel=[{"Payload": {"model_version": 4, "previous": 2}}])
    assert execution.status == "SUCCEEDED"
    assert not execution.arguments("TellOfPromotion")
