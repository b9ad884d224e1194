"""Requests that get no predictions are counted by the version of the code that answered."""

from collections.abc import Iterator

import pytest

from inference.predict.champions import Champions, Keeping
from inference.predict.handler import respond
from inference.predict.predict import Predictor
from inference.predict.wiring import predictor
from local import emf
from tests.functions.conftest import load_event
from tests.functions.inference.conftest import Service
from tests.functions.inference.predict.test_handler import Outbox

SETTINGS = {
    "TIDEMILL_STAGE": "dev",
    "TIDEMILL_REGISTRY_TABLE": "registry",
    "TIDEMILL_CAPTURE_STREAM": "capture",
    "TIDEMILL_SIGNING_KEY": "key",
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Iterator[Predictor]:
    """What answers in Lambda."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    predictor.cache_clear()
    yield predictor()
    predictor.cache_clear()


@pytest.mark.parametrize(
    ("status", "metric"),
    [(503, "FailedRequests"), (500, "FailedRequests"), (422, "RefusedRequests")],
)
def test_a_version_is_told_from_the_others(
    wired: Predictor,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    status: int,
    metric: str,
) -> None:
    """Once for the version alone and once for all, so that one can be held against the others.

    A failure is its pipeline's too; a refusal may be of any name.
    """
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    wired.refused("shells", status)
    seen = [datum for line in capsys.readouterr().out.splitlines() for datum in emf.read(line)]
    assert {datum.name for datum in seen} == {metric}
    dimensions = [datum.dimensions for datum in seen]
    assert dimensions[-2:] == [{"Stage": "dev"}, {"Stage": "dev", "Version": "7"}]
    assert dimensions[:-2] == [{"Pipeline": "shells"}] * (metric == "FailedRequests")


def test_every_answer_without_predictions_is_counted(service: Service) -> None:
    """By its status; one with predictions is not."""
    service.model(1)
    told: list[tuple[str, int]] = []
    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    answering = Predictor(
        champions, Outbox(), lambda *_: None, refused=lambda *each: told.append(each)
    )
    for pipeline, body in (
        ("shells", '{"instances": [{"length": 1}]}'),
        ("shells", '{"instances": [{"length": "x"}]}'),
        ("stones", '{"instances": [{}]}'),
    ):
        request = {"pathParameters": {"name": pipeline}, "body": body}
        headers = {"headers": {"Content-Type": "application/json"}}
        respond(load_event("api_gateway_request") | request | headers, answering)
    assert told == [("shells", 422), ("stones", 404)]
