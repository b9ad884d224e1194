"""What the API makes of the endpoint's answers, by the templates as API Gateway reads them."""

import json
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest
from airspeed import Template

from inference.endpoint.brief import brief
from infra.endpoint_api import REFUSED, REQUEST
from tidemill.errors import RequestError
from tidemill.problem import problem

BODY = '{"instances": [{"x": 1e-7, "y": "ü$x #if"}]}'


class Util:
    """API Gateway's functions."""

    def urlEncode(self, text: str) -> str:  # noqa: N802 - its name there
        return quote_plus(text)


class Input:
    """A request, or the JSON document of an answer."""

    body = BODY
    pipeline = "shells"

    def __init__(self, document: dict[str, Any] | None = None, **query: str) -> None:
        self._document = document or {}
        self._query = query

    def params(self) -> dict[str, Any]:
        return {"path": {"name": self.pipeline}, "querystring": self._query, "header": {}}

    def path(self, place: str) -> Any:  # noqa: ANN401 - a piece of the document
        return self._document.get(place.removeprefix("$."))


def rendered(template: str, said: Input) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """What comes out, and what is overridden of the request and of the response."""
    asked: dict[str, Any] = {"header": {}}
    answered: dict[str, Any] = {"header": {}}
    context = {"requestOverride": asked, "responseOverride": answered}
    text = Template(template).merge({"input": said, "util": Util(), "context": context})
    return text.strip(), asked, answered


@pytest.mark.parametrize("query", [{}, {"explain": "true"}, {"explain": "a&b=c", "more": "ü"}])
def test_a_request_is_handed_on(query: dict[str, str]) -> None:
    """Its body as it came; pipeline and query in the header, so that nothing breaks out of it."""
    text, asked, _ = rendered(REQUEST, Input(**query))
    assert text == BODY
    (said,) = asked["header"].items()
    assert said[0] == "X-Amzn-SageMaker-Custom-Attributes"
    assert said[1].isascii()
    assert parse_qs(said[1]) == {"pipeline": ["shells"], **{k: [v] for k, v in query.items()}}


@pytest.mark.parametrize("status", [400, 404, 413, 415, 422, 503])
def test_a_refusal_is_the_servers(status: int) -> None:
    """Status and document are what the container said; of 503, with when to come back."""
    faults = [RequestError(f'is "{n}"\n', f"/instances/{n}") for n in range(100)]
    said = brief(problem(status, "of the instances\n{", faults))["body"]
    text, _, answered = rendered(
        REFUSED, Input({"OriginalStatusCode": status, "OriginalMessage": said})
    )
    assert json.loads(text) == json.loads(said)
    assert answered["status"] == status
    assert answered["header"] == ({"Retry-After": "5"} if status == 503 else {})


@pytest.mark.parametrize("said", ["Killed", "", '{"type": "about:bl'])
def test_what_is_no_document_becomes_one(said: str) -> None:
    """A server that died, or whose words were cut, is one to ask again."""
    text, _, answered = rendered(
        REFUSED, Input({"OriginalStatusCode": 500, "OriginalMessage": said})
    )
    assert json.loads(text)["status"] == answered["status"] == 503
    assert answered["header"] == {"Retry-After": "5"}
