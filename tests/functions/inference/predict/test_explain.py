"""`?explain=true`: what each field adds, beside the same answers as without."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from inference.describe.openapi import openapi
from inference.predict.champions import Champions, Keeping
from inference.predict.handler import respond
from inference.predict.predict import Predictor
from inference.predict.trials import Trials
from tests.functions.conftest import load_event
from tests.functions.inference.conftest import CONTRACT, Service, artifact_bytes
from tests.functions.inference.predict.test_trials import Seen
from tidemill.artifact.document import pack, unpack
from tidemill.contract import parse_contract
from tidemill.records import Challenge, now

type Post = Callable[..., tuple[int, dict[str, Any]]]


def explainable(slope: float, **more: Any) -> bytes:  # noqa: ANN401 - as `artifact_bytes` has it
    """A model that answers so many times the length, which is 1 on the average."""
    header, graph = unpack(artifact_bytes(slope, **more))
    return pack(header, graph | {"model": graph["model"] | {"background": [1.0]}})


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def post(service: Service, seen: Seen) -> Post:
    """Ask with a query; the status and the document that comes back."""
    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    predictor = Predictor(champions, seen, seen.measure, Trials(champions, seen.tally))

    def ask(lengths: list[float], **query: str) -> tuple[int, dict[str, Any]]:
        ids = [f"id-{n}" for n in range(len(lengths))]
        body = {"instances": [{"length": length} for length in lengths], "ids": ids}
        request = {
            "pathParameters": {"name": "shells"},
            "queryStringParameters": query or None,
            "headers": {"Content-Type": "application/json"},
            "body": json.dumps(body),
        }
        answer = respond(load_event("api_gateway_request") | request, predictor)
        return answer["statusCode"], json.loads(answer["body"])

    return ask


def validate(document: dict[str, Any], contract: str = CONTRACT) -> None:
    """Raise unless the OpenAPI document knows such an answer, and how to ask for it."""
    described = openapi([parse_contract(contract)])
    operation = described["paths"]["/v1/pipelines/shells/predictions"]["post"]
    (parameter,) = operation["parameters"]
    assert (parameter["name"], parameter["in"], parameter["schema"]["type"]) == (
        "explain",
        "query",
        "boolean",
    )
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(schema).validate(document)


def test_an_explanation_adds_up_to_the_answer(service: Service, post: Post, seen: Seen) -> None:
    """Fields that the model does not use add nought; captured is the answer alone."""
    service.model(1, explainable(3.0))
    status, document = post([2.0], explain="true")
    others = dict.fromkeys(("ribs", "wet", "sex/age", "seen", "note"), 0.0)
    explanation = {"of": "value", "base": 3.0, "contributions": {"length": 3.0} | others}
    assert status == 200
    assert document["predictions"] == [{"id": "id-0", "value": 6.0, "explanation": explanation}]
    assert [line["value"] for line in seen.lines] == [6.0]
    assert "explanation" not in seen.lines[0]
    validate(document)


def test_classes_are_explained_by_name(service: Service, post: Post) -> None:
    """Of two, the second is explained, whichever is answered."""
    service.model(1, explainable(3.0, classes=("dry", "wet")))
    _, document = post([0.0, 2.0], explain="true")
    assert [answer["value"] for answer in document["predictions"]] == ["dry", "wet"]
    explanations = [answer["explanation"] for answer in document["predictions"]]
    assert {(each["of"], each["class"]) for each in explanations} == {("log_odds", "wet")}
    assert [each["contributions"]["length"] for each in explanations] == [-3.0, 3.0]
    validate(document, CONTRACT.replace("target: rings", "target: rings\ntask: binary"))


def test_nothing_is_explained_unless_it_is_asked_for(service: Service, post: Post) -> None:
    """Absent is false."""
    service.model(1, explainable(3.0))
    assert post([2.0]) == post([2.0], explain="false")
    assert "explanation" not in post([2.0])[1]["predictions"][0]


@pytest.mark.parametrize("said", ["", "1", "True", "yes", "true,false"])
def test_another_word_is_refused(service: Service, post: Post, said: str) -> None:
    """The parameter is named, and what it may be."""
    service.model(1, explainable(3.0))
    status, document = post([2.0], explain=said)
    assert status == 400
    assert "explain is true or false" in document["detail"]


def test_a_model_that_cannot_be_explained_says_why(
    service: Service, post: Post, seen: Seen
) -> None:
    """One from before there were explanations answers without; with, nothing is scored."""
    service.model(1)
    status, document = post([2.0], explain="true")
    assert status == 422
    assert document["detail"].startswith("shells/1 cannot be explained: ")
    assert "train it again" in document["detail"]
    assert seen.lines == []
    assert post([2.0])[0] == 200


def test_the_number_of_rows_is_bounded(service: Service, post: Post, seen: Seen) -> None:
    """A thousand of a small model; the refusal says so before anything is scored."""
    service.model(1, explainable(3.0))
    assert post([2.0] * 1000, explain="true")[0] == 200
    seen.lines.clear()
    status, document = post([2.0] * 1001, explain="true")
    assert (status, document["errors"][0]["pointer"]) == (413, "/instances")
    assert "at most 1000 a request with explain=true" in document["detail"]
    assert seen.lines == []
    assert post([2.0] * 1001)[0] == 200


def test_a_canary_explains_its_own_answers(service: Service, post: Post) -> None:
    """Each explanation is of the model that gave the answer."""
    service.model(1, explainable(1.0))
    service.register(2, explainable(2.0))
    challenge = Challenge(
        model_version=2, stage="canary", share=0.2, release="r", since=now(), approved_at=now()
    )
    service.registry.challenge("shells", challenge)
    _, document = post([3.0] * 100, explain="true")
    gains = {
        answer.get("model", "shells/1"): answer["explanation"]["contributions"]["length"]
        for answer in document["predictions"]
    }
    assert gains == {"shells/1": 2.0, "shells/2": 4.0}


def test_a_canary_that_cannot_be_explained_answers_nothing(
    service: Service, post: Post, seen: Seen
) -> None:
    """A request that asks for explanations has the champion's answers, and theirs."""
    service.model(1, explainable(1.0))
    service.register(2)
    challenge = Challenge(
        model_version=2, stage="canary", share=1.0, release="r", since=now(), approved_at=now()
    )
    service.registry.challenge("shells", challenge)
    status, document = post([3.0, 4.0], explain="true")
    assert status == 200
    assert [answer["value"] for answer in document["predictions"]] == [3.0, 4.0]
    assert all("model" not in answer for answer in document["predictions"])
    assert seen.variants() == {"champion": 2}
