"""Through API Gateway's templates and SageMaker's errors, the answer is the function's."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from inference.endpoint.app import Endpoint
from inference.predict.champions import Champions, Keeping
from inference.predict.handler import respond
from inference.predict.predict import Predictor
from inference.predict.trials import Trials
from infra.endpoint_api import REFUSED, REQUEST
from tests.functions.inference.conftest import Service
from tests.infra.test_endpoint_api import Input, rendered

MOST_CHARACTERS = 2_048


def wired(service: Service) -> Predictor:
    champions = Champions(service.loader, Keeping(60.0), lambda *_: None)
    outbox = SimpleNamespace(post=lambda *_: None, done=lambda: None)
    return Predictor(champions, outbox, lambda *_: None, Trials(champions, lambda *_: None))


def container(app: Endpoint, headers: dict[str, str], body: str) -> tuple[int, str]:
    """What the container answers to SageMaker."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/invocations",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
        "query_string": b"",
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], sent[1]["body"].decode()


def behind(app: Endpoint, pipeline: str, body: str, **query: str) -> tuple[int, str]:
    """What the API answers: what the container does, or what SageMaker's error is turned into."""
    asked = Input(**query)
    asked.pipeline, asked.body = pipeline, body
    handed, overridden, _ = rendered(REQUEST, asked)
    said = container(app, {"Content-Type": "application/json", **overridden["header"]}, handed)
    if said[0] == 200:
        return said
    error = {"OriginalStatusCode": said[0], "OriginalMessage": said[1][:MOST_CHARACTERS]}
    text, _, answered = rendered(REFUSED, Input(error))
    return answered["status"], text


@pytest.mark.parametrize(
    ("pipeline", "body"),
    [
        ("shells", '{"instances": [{"length": 2.5}, {"length": 1e-7}], "ids": ["a", "b"]}'),
        ("shells", '{"instances": [{"length": 2, "sex/age": "ü$x #end"}], "ids": ["$context"]}'),
        ("shells", '{"instances": [{"length": null}, {"ribs": "x"}]}'),
        ("shells", '{"instances": [{"length": "#set($a = 1)"}]}'),
        ("shells", '{"instances": []}'),
        ("shells", '{"instances"'),
        ("shells", "[]"),
        ("shells", json.dumps({"instances": [{"length": 1}] * 10_001})),
        ("others", '{"instances": [{"length": 1}]}'),
        ("a&pipeline=shells", '{"instances": [{"length": 1}]}'),
        ("", '{"instances": [{"length": 1}]}'),
    ],
)
def test_an_answer_is_the_functions(service: Service, pipeline: str, body: str) -> None:
    """Predictions to the byte; refusals in status and document."""
    service.model(3)
    predictor = wired(service)
    event = {
        "pathParameters": {"name": pipeline},
        "queryStringParameters": None,
        "headers": {"Content-Type": "application/json"},
        "body": body,
        "isBase64Encoded": False,
    }
    expected = respond(event, predictor)
    status, text = behind(Endpoint(predictor), pipeline, body)
    assert status == expected["statusCode"]
    if status == 200:
        assert text == expected["body"]
    assert json.loads(text) == json.loads(expected["body"])


def test_many_faults_end_where_sagemaker_ends(service: Service) -> None:
    """The first of them, in a document that is whole."""
    service.model(3)
    predictor = wired(service)
    body = json.dumps({"instances": [{"length": "x"}] * 200})
    status, text = behind(Endpoint(predictor), "shells", body)
    assert status == 422
    pointers = [fault["pointer"] for fault in json.loads(text)["errors"]]
    assert pointers == [f"/instances/{place}/length" for place in range(len(pointers))]
    assert len(pointers) > 10
