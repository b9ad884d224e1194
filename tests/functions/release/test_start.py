"""A release starts once per approval."""

import json
import re
from pathlib import Path
from typing import Any

from release.start.start import start
from tidemill.workflow import InMemoryWorkflow

EVENTS = Path(__file__).parents[2] / "events"


def approval(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of an event
    event: dict[str, Any] = json.loads((EVENTS / "model_package_approved.json").read_text())
    return event | changes


def test_an_approval_starts_one_release_of_its_package() -> None:
    """However often the event is delivered."""
    machine = InMemoryWorkflow()
    start(approval(), machine=machine)
    start(approval(), machine=machine)
    package = approval()["detail"]["ModelPackageArn"]
    request = {"package_arn": package, "approved_at": approval()["time"]}
    assert list(machine.started.values()) == [request]


def test_another_change_of_an_approved_package_releases_nothing() -> None:
    """A new description says `Approved` too; a new approval says that it is one."""
    machine = InMemoryWorkflow()
    for fields, count in ((["ModelPackageDescription"], 0), (["ModelApprovalStatus"], 1)):
        detail = approval()["detail"] | {"UpdatedModelPackageFields": fields}
        start(approval(detail=detail), machine=machine)
        assert len(machine.started) == count


def test_another_approval_of_the_same_package_is_another_release() -> None:
    """Approved, withdrawn and approved again is released again."""
    machine = InMemoryWorkflow()
    start(approval(), machine=machine)
    start(approval(id="11111111-bf0d-4e2a-9d2c-000000000000"), machine=machine)
    assert len(machine.started) == 2


def test_a_long_name_is_a_valid_execution_name() -> None:
    """At most eighty characters that Step Functions takes."""
    detail = approval()["detail"] | {
        "ModelPackageGroupName": "tidemill-local-" + "p" * 39,
        "ModelPackageVersion": 1234567,
    }
    machine = InMemoryWorkflow()
    start(approval(detail=detail), machine=machine)
    (name,) = machine.started
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)
