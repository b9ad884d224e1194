"""What operators ask of models, over HTTP as API Gateway has it, in a simulated account."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.request import handler as api
from inference.request.packages import InMemoryPackages
from tests.functions.conftest import Account, load_event
from tests.models import a_model
from tidemill.aws import client
from tidemill.contract import parse_contract
from tidemill.records import (
    Challenge,
    ChampionRecord,
    ModelRecord,
    ReleaseRecord,
    now,
)
from tidemill.registry import Registry

CONTRACT = """
pipeline: shells
target: rings
sources: {rows: {columns: {length: {type: float}, rings: {type: int}}}}
"""

type Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> InMemoryPackages:
    made = InMemoryPackages()
    monkeypatch.setattr(api, "_packages", lambda: made)
    return made


@pytest.fixture
def ask(account: Account, packages: InMemoryPackages) -> Ask:
    """POST to a path of a pipeline with two models, the second one the champion."""
    assert packages
    registry = account.registry
    registry.put_contract(parse_contract(CONTRACT))
    for version in (1, 2, 3):
        registry.put_model("shells", model(version))
    for version in (1, 2):
        registry.promote("shells", version, "approved")

    def call(path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        event = load_event("api_gateway_request")
        text = None if body is None else body if isinstance(body, str) else json.dumps(body)
        event |= {"path": f"/pipelines/{path}", "httpMethod": "POST", "body": text}
        answer = api.handler(event, None)  # type: ignore[arg-type]
        return answer["statusCode"], json.loads(answer["body"])

    return call


def model(version: int) -> ModelRecord:
    return a_model(version, metrics={"rmse": 2.0})


def put_on_trial(account: Account) -> None:
    account.registry.claim_release(
        "shells", ReleaseRecord(release="r3", model_version=3, started_at=now())
    )
    account.registry.challenge(
        "shells",
        Challenge(
            model_version=3, stage="canary", share=0.1, release="r3", since=now(), approved_at=now()
        ),
    )


def test_one_call_rolls_back(account: Account, ask: Ask, packages: InMemoryPackages) -> None:
    """The model before serves, the event says so, a record says why, the package is rejected."""
    status, answer = ask("shells/rollback", {"reason": "odd answers"})
    assert status == 202
    assert (answer["model_version"], answer["rolled_back"]) == (1, 2)
    champion = account.registry.champion("shells")
    assert (champion.model_version, champion.previous, champion.reason) == (1, None, "odd answers")
    (record,) = account.registry.releases("shells")
    assert (record.state, record.model_version, record.reason) == ("rolled_back", 2, "odd answers")
    (told,) = account.received()
    assert told["detail-type"] == "ModelRolledBack"
    assert (told["detail"]["model_version"], told["detail"]["previous"]) == (1, 2)
    assert packages.decided["arn:2"] == ("Rejected", "rolled back: odd answers")


def test_a_rollback_asked_twice_is_one(account: Account, ask: Ask) -> None:
    """With its id the answer is the same; without one there is nothing more to go back to."""
    body = {"reason": "odd", "request_id": "r-1"}
    first = ask("shells/rollback", body)
    assert ask("shells/rollback", body) == first
    assert account.registry.champion("shells").model_version == 1
    status, problem = ask("shells/rollback", {"reason": "odd"})
    assert (status, problem["title"]) == (409, "Conflict")
    assert len(account.registry.releases("shells")) == 1


def test_a_late_retry_takes_no_newer_model_back(account: Account, ask: Ask) -> None:
    """Whoever repeats a rollback that is done means that one, whatever was promoted since."""
    body = {"reason": "odd", "request_id": "r-1"}
    assert ask("shells/rollback", body)[1]["rolled_back"] == 2
    account.registry.promote("shells", 3, "approved")
    status, answer = ask("shells/rollback", body)
    assert (status, answer["model_version"], answer["rolled_back"]) == (202, 3, 2)
    assert account.registry.champion("shells").model_version == 3


def test_a_rollback_that_broke_off_is_finished(
    account: Account, ask: Ask, packages: InMemoryPackages
) -> None:
    """The function died after the champion was changed: the retry rejects what was undone."""
    account.registry.roll_back("shells", "rollback-r-1", "odd")
    answer = ask("shells/rollback", {"reason": "odd", "request_id": "r-1"})[1]
    assert (answer["model_version"], answer["rolled_back"]) == (1, 2)
    assert [*packages.decided] == ["arn:2"]
    (record,) = account.registry.releases("shells")
    assert (record.state, record.model_version) == ("rolled_back", 2)
    assert len(account.received()) == 1


def test_a_trial_that_begins_meanwhile_is_what_is_undone(
    account: Account, ask: Ask, packages: InMemoryPackages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a look at the champion and the rollback: no package of the champion's is rejected."""
    found = Registry.roll_back

    def late(self: Registry, *args: Any, **more: Any) -> ChampionRecord:  # noqa: ANN401
        put_on_trial(account)
        return found(self, *args, **more)

    monkeypatch.setattr(Registry, "roll_back", late)
    answer = ask("shells/rollback", {"reason": "odd"})[1]
    assert (answer["model_version"], answer["rolled_back"]) == (2, 3)
    assert [*packages.decided] == ["arn:3"]


def test_a_rollback_ends_a_trial_first(account: Account, ask: Ask) -> None:
    """The newest change is undone: the model on trial goes, the champion stays."""
    put_on_trial(account)
    status, answer = ask("shells/rollback", {"reason": "too slow"})
    assert (status, answer["model_version"], answer["rolled_back"]) == (202, 2, 3)
    champion = account.registry.champion("shells")
    assert (champion.model_version, champion.challenge, champion.previous) == (2, None, 1)
    record = account.registry.release("shells", "r3")
    assert record is not None
    assert (record.state, record.reason) == ("rolled_back", "too slow")


def test_nothing_serves_and_nothing_to_go_back_to(account: Account, ask: Ask) -> None:
    """404 before there is a champion, 409 while it is the first."""
    account.registry.put_contract(parse_contract(CONTRACT.replace("shells", "stones")))
    assert ask("stones/rollback", {"reason": "x"})[0] == 404
    account.registry.put_model("stones", model(1))
    account.registry.promote("stones", 1, "approved")
    assert ask("stones/rollback", {"reason": "x"})[0] == 409


def test_a_model_is_approved_and_rejected(ask: Ask, packages: InMemoryPackages) -> None:
    """The package says so, which the release workflow follows; twice is once."""
    for _ in range(2):
        status, answer = ask("shells/models/3/approve")
        assert (status, answer["approval"]) == (202, "Approved")
    assert ask("shells/models/3/reject", {"reason": "not yet"})[0] == 202
    assert packages.decided == {"arn:3": ("Rejected", "not yet")}
    status, problem = ask("shells/models/2/reject")
    assert status == 409
    assert "rollback" in problem["detail"]


@pytest.mark.parametrize("path", ["shells/models/9/approve", "shells/models/x/reject"])
def test_an_unknown_model_is_not_found(ask: Ask, path: str) -> None:
    """Whatever is asked of it."""
    status, problem = ask(path)
    assert (status, problem["title"]) == (404, "Not Found")


def test_another_run_is_asked_for(account: Account, ask: Ask) -> None:
    """The event has the reason, and the caller's id where there is one."""
    status, answer = ask("shells/retrain", {"reason": "new season", "request_id": "s-1"})
    assert (status, answer["request_id"]) == (202, "s-1")
    (told,) = account.received()
    assert told["detail-type"] == "RetrainRequested"
    assert (told["detail"]["reason"], told["detail"]["request_id"]) == ("new season", "s-1")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (None, "/reason"),
        ("{", ""),
        ("[]", ""),
        ({"reason": ""}, "/reason"),
        ({"reason": 7}, "/reason"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": "x", "why": "y"}, "/why"),
        ({"reason": "x", "request_id": "a b"}, "/request_id"),
        ({"reason": "x", "request_id": "a" * 65}, "/request_id"),
    ],
)
@pytest.mark.parametrize("what", ["rollback", "retrain"])
def test_a_body_of_another_form_is_refused(
    account: Account, ask: Ask, what: str, body: object, pointer: str
) -> None:
    """With what to send; nothing happens."""
    status, problem = ask(f"shells/{what}", body)
    assert (status, problem["errors"][0]["pointer"]) == (400, pointer)
    assert account.registry.champion("shells").model_version == 2
    assert account.received() == []


def test_packages_are_those_of_sagemaker(account: Account) -> None:
    """The adapter reads and writes approvals in the registry of models."""
    assert account
    sagemaker = client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="shells")
    made = sagemaker.create_model_package(
        ModelPackageGroupName="shells",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": "image:1"}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )["ModelPackageArn"]
    packages = api._packages()
    assert packages.approval(made) == "PendingManualApproval"
    packages.decide(made, "Approved", "good " * 500)
    assert packages.approval(made) == "Approved"
