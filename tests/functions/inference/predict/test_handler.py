"""The prediction API over HTTP: what it answers, captures and counts."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.predict import handler as api
from inference.predict.champions import Champions
from tests.functions.conftest import load_event
from tests.functions.inference.conftest import Service

type Post = Callable[..., tuple[int, dict[str, Any]]]


class Stream:
    """A stream that keeps what it is given."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def put(self, lines: list[bytes]) -> list[bytes]:
        self.lines += lines
        return []


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def post(service: Service, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Ask for predictions; the status and the document that comes back."""
    champions = Champions(service.registry, service.store, 0.0)
    monkeypatch.setattr(api, "champions", lambda: champions)
    monkeypatch.setattr(api, "FirehoseStream", lambda *_: stream)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("STAGE", "REGISTRY_TABLE", "CAPTURE_STREAM"):
        monkeypatch.setenv(f"TIDEMILL_{name}", "x")

    def ask(body: str | None, pipeline: str = "shells") -> tuple[int, dict[str, Any]]:
        request = {"pathParameters": {"name": pipeline}, "body": body, "httpMethod": "POST"}
        answer = api.handler(load_event("api_gateway_request") | request, None)  # type: ignore[arg-type]
        media = "application/json" if answer["statusCode"] == 200 else "application/problem+json"
        assert answer["headers"]["Content-Type"] == media
        return answer["statusCode"], json.loads(answer["body"])

    return ask


def test_predictions_name_their_model_and_are_captured(
    service: Service,
    post: Post,
    stream: Stream,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The answer, the captured line and the metric agree."""
    service.model(3)
    assert post('{"instances": [{"length": 2}], "ids": ["a"]}') == (
        200,
        {"model": "shells/3", "predictions": [{"id": "a", "value": 6.0}]},
    )
    assert [json.loads(line)["value"] for line in stream.lines] == [6.0]
    assert '"Predictions":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (None, (400, "")),
        ("{", (400, "")),
        ('{"instances": 1}', (400, "/instances")),
        (json.dumps({"instances": [{}] * 10_001}), (413, "/instances")),
        ('{"instances": [{"length": "x"}]}', (422, "/instances/0/length")),
    ],
)
def test_a_bad_request_is_answered_with_its_fault(
    service: Service,
    post: Post,
    stream: Stream,
    body: str | None,
    fault: tuple[int, str],
) -> None:
    """Nothing is scored or captured."""
    service.model(1)
    status, document = post(body)
    assert document["status"] == status
    assert (status, document["errors"][0]["pointer"]) == fault
    assert stream.lines == []


@pytest.mark.parametrize(
    ("pipeline", "detail"),
    [("stones", "no pipeline 'stones'"), ("shells", "pipeline 'shells' serves no model yet")],
)
def test_nothing_to_ask_is_not_found(post: Post, pipeline: str, detail: str) -> None:
    """Unknown and not yet trained are told apart."""
    status, document = post('{"instances": [{}]}', pipeline)
    assert status == 404
    assert document["detail"].startswith(detail)


def test_an_altered_model_is_a_problem_not_a_crash(service: Service, post: Post) -> None:
    """A model file that is not what was registered answers 500, without saying more."""
    service.model(1)
    service.store.write(service.registry.model("shells", 1).artifact_uri, b"something else")
    status, document = post('{"instances": [{"length": 2}]}')
    assert status == 500
    assert "operator" in document["detail"]
