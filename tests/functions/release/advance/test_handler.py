"""Steps of releases as the workflow asks for them, in a simulated account."""

import json
from typing import Any

import pytest

from release.advance import handler as advance
from tests.functions.conftest import Account, in_queue
from tests.functions.release.conftest import contract, model
from tidemill.contract import parse_contract


@pytest.fixture
def asked(account: Account) -> dict[str, Any]:
    """A request for a step of a release of the second model."""
    account.registry.put_contract(parse_contract(contract()))
    for version in (1, 2):
        account.registry.put_model("shells", model(version))
    account.registry.promote("shells", 1, "approved", "2026-11-01T00:00:00.000Z")
    return {
        "pipeline": "shells",
        "model_version": 2,
        "release": "r2",
        "approved_at": "2026-11-02T00:00:00.000Z",
    }


def test_a_rollback_is_counted(asked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """By pipeline and by stage, once a rollback; other steps count nothing."""
    assert advance.handler({**asked, "step": "begin"}, None)["stage"] == "shadow"  # type: ignore[arg-type]
    assert capsys.readouterr().out == ""
    taken = {**asked, "step": "roll_back", "reason": "shadow: odd"}
    assert advance.handler(taken, None)["taken_back"]  # type: ignore[arg-type]
    line = json.loads(capsys.readouterr().out)
    assert (line["ReleasesRolledBack"], line["Pipeline"], line["Stage"]) == ([1.0], "shells", "dev")


def test_news_of_an_execution_that_ended_takes_its_model_off_trial(
    account: Account, asked: dict[str, Any]
) -> None:
    """From the queue, as EventBridge tells."""
    advance.handler({**asked, "step": "begin"}, None)  # type: ignore[arg-type]
    arn = "arn:aws:sagemaker:eu-central-1:1:model-package/tidemill-dev-shells/2"
    given = json.dumps({"package_arn": arn, "approved_at": asked["approved_at"]})
    detail = {"name": "r2", "status": "TIMED_OUT", "input": given}
    assert advance.handler(in_queue({"detail": detail}), None) == {}  # type: ignore[arg-type]
    assert account.registry.champion("shells").challenge is None
    (record,) = account.registry.releases("shells")
    assert record.state == "withdrawn"
