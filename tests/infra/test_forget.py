"""`make forget`: signed, patient, and plain about what is left."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws
from rich.console import Console

from infra.forget import forget, main
from infra.signed_api import Operator, OperatorError, api_url
from tidemill.records import ForgetRecord, RawObject, Tally

REPORT = ForgetRecord(
    request_id="r1",
    state="done",
    requested_at="2026-11-01T00:00:00Z",
    removed={"drops": Tally(rows=1200, objects=2)},
    unnamed={"drops": Tally(rows=7, objects=1)},
    raw_objects=(RawObject(uri="s3://landing/shop/orders/d1.csv", version_id="v1"),),
    unread_objects=(RawObject(uri="s3://landing/shop/orders/[bad].csv"),),
    models=(3, 4),
    champion=4,
)


class Api:
    """The API as far as it is asked, with the reports that it will give, one a request."""

    def __init__(
        self, *reports: ForgetRecord | None, refusal: dict[str, Any] | None = None
    ) -> None:
        self.requests: list[httpx.Request] = []
        self._reports = list(reports)
        self._refusal = refusal

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self._refusal:
            return httpx.Response(self._refusal["status"], json=self._refusal)
        if request.method == "POST":
            return httpx.Response(202, json={"request_id": "r1"})
        report = self._reports.pop(0)
        if report is None:
            return httpx.Response(404, json={"title": "Not Found"})
        return httpx.Response(200, json=report.model_dump(mode="json"))


def ask(api: Api, subject: str = "anna", pipeline: str = "shop") -> str:
    """What a person sees who asks."""
    console = Console(file=io.StringIO(), width=120)
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    with Operator("https://api.test", session, httpx.MockTransport(api.answer)) as operator:
        forget(operator, pipeline, subject, console, pause=lambda _: None)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_request_is_signed_and_names_the_person_in_its_body() -> None:
    """For API Gateway in the session's region; the address tells nothing."""
    api = Api(REPORT)
    ask(api)
    post, get = api.requests
    assert (post.method, post.url.path) == ("POST", "/v1/pipelines/shop/forget")
    assert json.loads(post.content) == {"subject": "anna"}
    assert get.url.path == "/v1/pipelines/shop/forget/r1"
    for request in api.requests:
        assert "/eu-west-1/execute-api/aws4_request" in request.headers["authorization"]
        assert "anna" not in str(request.url)


def test_the_report_says_what_went_and_what_is_left() -> None:
    """After waiting, however long it takes: stores, raw objects, models."""
    running = REPORT.model_copy(update={"state": "running"})
    seen = ask(Api(None, running, running, REPORT))
    for text in (
        "1,200",
        "s3://landing/shop/orders/d1.csv  version v1",
        "s3://landing/shop/orders/[bad].csv",
        "model 3, model 4 (champion)",
    ):
        assert text in seen
    assert "anna" not in seen


def test_nothing_found_is_said_plainly() -> None:
    """No empty table."""
    report = ForgetRecord(request_id="r1", state="done", requested_at="")
    seen = ask(Api(report))
    assert "No stored row is theirs." in seen
    assert "No model was trained on them." in seen


def test_a_refusal_is_a_sentence() -> None:
    """The API's own, or that of the function."""
    problem = {"status": 404, "title": "Not Found", "detail": "no pipeline 'shop'"}
    with pytest.raises(OperatorError, match=r"no pipeline 'shop' \(HTTP 404\)"):
        ask(Api(refusal=problem))
    with pytest.raises(OperatorError, match=r"Missing key \(HTTP 403\)"):
        ask(Api(refusal={"status": 403, "message": "Missing key"}))
    refused = REPORT.model_copy(update={"state": "refused", "reason": "add privacy.subject"})
    with pytest.raises(OperatorError, match=r"Nobody was forgotten: add privacy\.subject"):
        ask(Api(refused))
    with pytest.raises(OperatorError, match="PIPELINE=name"):
        ask(Api(), pipeline="", subject="")


def test_who_is_asked_for_where_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the terminal; where there is none, the sentence says how else."""
    monkeypatch.setattr("sys.stdin", io.StringIO("anna\n"))
    api = Api(REPORT)
    ask(api, subject="")
    assert json.loads(api.requests[0].content) == {"subject": "anna"}
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(OperatorError, match="SUBJECT=value"):
        ask(Api(), subject="")


def test_an_api_that_does_not_answer_is_a_sentence() -> None:
    """Not a stack trace."""

    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    session = boto3.Session("key", "secret", region_name="eu-west-1")
    with (
        Operator("https://api.test", session, httpx.MockTransport(silent)) as operator,
        pytest.raises(OperatorError, match="does not answer"),
    ):
        operator.find("/pipelines")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def stack(name: str, address: str) -> None:
    """A stack that publishes an address."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"ApiUrl": {"Value": address}},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


@pytest.mark.usefixtures("account")
def test_a_stage_is_found_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    """And one that is not deployed is said not to be."""
    stack("Tidemill-prod-Inference", "https://prod.test")
    stack("Tidemill-dev-Inference", "https://dev.test")
    cloudformation = boto3.client("cloudformation")
    assert api_url(cloudformation, "dev") == "https://dev.test"
    assert main("test", "shop", "anna", Console()) == 1
    assert "No stage 'test' is deployed" in capsys.readouterr().err
