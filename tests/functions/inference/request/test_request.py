"""What operators ask for, over HTTP as API Gateway has it, in a simulated account."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.request import handler as api
from tests.functions.conftest import Account, load_event
from tidemill.aws import KmsKeys, client
from tidemill.contract import parse_contract
from tidemill.events import ForgetRequested
from tidemill.pseudonyms import pseudonym
from tidemill.records import ForgetRecord
from tidemill.settings import RequestSettings

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      diver: {type: id}
      length: {type: float}
      rings: {type: int}
privacy: {pseudonymise: [diver], subject: diver, key: 2}
"""
DIVER = "Ada Lovelace"
PATH = "/pipelines/shells/forget"

type Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(account: Account) -> Ask:
    """Call the API; its status and document. The pipeline has a contract that names people."""
    account.registry.put_contract(parse_contract(CONTRACT))

    def call(method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any]]:
        event = load_event("api_gateway_request")
        event |= {"path": path, "httpMethod": method, "body": body}
        answer = api.handler(event, None)  # type: ignore[arg-type]
        return answer["statusCode"], json.loads(answer["body"])

    return call


def subject(name: object) -> str:
    return json.dumps({"subject": name})


def test_a_person_is_asked_to_be_forgotten(
    account: Account, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accepted with an id; the event carries tokens under every key, and nobody's name."""
    status, answer = ask("POST", PATH, subject(f" {DIVER} "))
    assert (status, answer["pipeline"]) == (202, "shells")
    (told,) = account.received()
    assert told["detail-type"] == "ForgetRequested"
    event = ForgetRequested.from_event(told)
    assert event.request_id == answer["request_id"]
    keys = KmsKeys(client("kms"), RequestSettings.from_env().pseudonym_key)
    expected = [pseudonym(DIVER, keys.key("shells", number)).hex() for number in range(3)]
    assert list(event.tokens) == expected
    said = json.dumps(told) + json.dumps(answer) + capsys.readouterr().out
    assert "Lovelace" not in said


def test_every_request_has_its_own_id(ask: Ask) -> None:
    """Asked twice, there are two reports; the second finds nothing left to remove."""
    ids = {ask("POST", PATH, subject(DIVER))[1]["request_id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (None, ""),
        ("", ""),
        ("Ada", ""),
        ("[]", ""),
        ('{"subject": "Ada", "Lovelace": 1}', ""),
        ("{}", "/subject"),
        (subject(7), "/subject"),
        (subject("  "), "/subject"),
    ],
)
def test_a_body_of_another_form_is_refused(
    account: Account, ask: Ask, body: str | None, pointer: str
) -> None:
    """With what to send, and without repeating what was sent."""
    status, problem = ask("POST", PATH, body)
    assert (status, problem["errors"][0]["pointer"]) == (400, pointer)
    assert "Lovelace" not in json.dumps(problem)
    assert account.received() == []


def test_a_contract_that_names_nobody_is_told_apart(account: Account, ask: Ask) -> None:
    """The refusal says what to add to it."""
    account.registry.put_contract(parse_contract(CONTRACT.partition("privacy")[0]))
    status, problem = ask("POST", PATH, subject(DIVER))
    assert status == 400
    assert "privacy.subject" in problem["detail"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_pipeline_that_nobody_knows_is_not_found(ask: Ask, method: str) -> None:
    """As everywhere in the API."""
    path = "/pipelines/stones/forget" + ("/r1" if method == "GET" else "")
    status, problem = ask(method, path, subject(DIVER))
    assert (status, problem["title"]) == (404, "Not Found")


def test_a_report_is_found_by_its_id(account: Account, ask: Ask) -> None:
    """Not found before the work begins; then whatever is recorded of it."""
    status, answer = ask("GET", f"{PATH}/r1")
    assert (status, "has not begun" in answer["detail"]) == (404, True)
    record = ForgetRecord(request_id="r1", state="done", requested_at="2026-11-01T00:00:00Z")
    account.registry.put_forget_report("shells", record)
    assert ask("GET", f"{PATH}/r1") == (200, record.model_dump(mode="json"))
