"""The prediction API over HTTP: what it answers, captures and counts."""

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from inference.predict import handler as api
from inference.predict.champions import Champions, Keeping
from inference.predict.predict import Predictor
from inference.predict.refusals import refuse
from inference.predict.warm import warm
from tests.functions.conftest import load_event
from tests.functions.inference.conftest import Service, artifact_bytes
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.artifact.signature import Task
from tidemill.errors import ModelUnavailableError

type Post = Callable[..., tuple[int, dict[str, Any]]]


class Outbox:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.answered = 0

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        assert pipeline == "shells"
        self.lines += b"".join(lines).splitlines()

    def done(self) -> None:
        self.answered += 1


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def measured() -> list[dict[str, float]]:
    return []


@pytest.fixture
def post(
    service: Service,
    outbox: Outbox,
    measured: list[dict[str, float]],
    monkeypatch: pytest.MonkeyPatch,
) -> Post:
    """Ask for predictions; the status and the document that comes back."""

    def measure(pipeline: str, values: Mapping[str, float], feature: str = "") -> None:
        assert pipeline
        measured.append({**values} | ({"feature": feature} if feature else {}))  # type: ignore[dict-item]

    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    predictor = Predictor(champions, outbox, measure)
    monkeypatch.setattr(api, "predictor", lambda: predictor)

    def ask(
        body: str | None, pipeline: str = "shells", **more: object
    ) -> tuple[int, dict[str, Any]]:
        request = {
            "pathParameters": {"name": pipeline},
            "body": body,
            "headers": {"Content-Type": "application/json"},
        }
        answer = api.handler(load_event("api_gateway_request") | request | more, None)
        media = "application/json" if answer["statusCode"] == 200 else "application/problem+json"
        assert answer["headers"]["Content-Type"] == media
        return answer["statusCode"], json.loads(answer["body"])

    return ask


def test_predictions_name_their_model_and_are_captured(
    service: Service,
    post: Post,
    outbox: Outbox,
    measured: list[dict[str, float]],
) -> None:
    """The answer, the captured line and the metric agree."""
    service.model(3)
    assert post('{"instances": [{"length": 2}], "ids": ["a"]}') == (
        200,
        {"model": "shells/3", "predictions": [{"id": "a", "value": 6.0}]},
    )
    assert [json.loads(line)["value"] for line in outbox.lines] == [6.0]
    assert outbox.answered == 1
    (values,) = measured
    assert values["Predictions"] == 1
    assert values["PredictionLatency"] > 0


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
    outbox: Outbox,
    body: str | None,
    fault: tuple[int, str],
) -> None:
    """Nothing is scored or captured."""
    service.model(1)
    status, document = post(body)
    assert document["status"] == status
    assert (status, document["errors"][0]["pointer"]) == fault
    assert outbox.lines == []
    assert outbox.answered == 1


@pytest.mark.parametrize(
    ("pipeline", "detail"),
    [("stones", "no pipeline 'stones'"), ("shells", "pipeline 'shells' serves no model yet")],
)
def test_nothing_to_ask_is_not_found(post: Post, pipeline: str, detail: str) -> None:
    """Unknown and not yet trained are told apart."""
    status, document = post('{"instances": [{}]}', pipeline)
    assert status == 404
    assert document["detail"].startswith(detail)


def test_a_model_that_cannot_be_used_is_a_matter_of_time(service: Service, post: Post) -> None:
    """503 with a hint when to come back, and without saying more."""
    service.model(1)
    service.store.write(service.registry.model("shells", 1).artifact_uri, b"something else")
    status, document = post('{"instances": [{"length": 2}]}')
    assert status == 503
    assert "again" in document["detail"]
    assert refuse(ModelUnavailableError(""))["headers"]["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("application/vnd.shells+json", 200),
        ("text/csv", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_only_json_is_read(service: Service, post: Post, media: str, status: int) -> None:
    """Whatever the header's spelling; another type is told what to send."""
    service.model(1)
    body = '{"instances": [{"length": 2}]}'
    for name in ("content-type", "Content-Type"):
        assert post(body, headers={name: media})[0] == status
    assert post(body, headers=None)[0] == 415


def test_a_packed_body_is_unpacked(service: Service, post: Post) -> None:
    """API Gateway sends what it takes for binary in Base64; what is no text is malformed."""
    service.model(1)
    body = b'{"instances": [{"length": 2}]}'
    assert post(b64encode(body).decode(), isBase64Encoded=True)[0] == 200
    for wrong in (b64encode(b"\xff\xfe").decode(), "%"):
        assert post(wrong, isBase64Encoded=True)[0] == 400


def test_strange_cells_are_answered_and_counted(
    service: Service, post: Post, measured: list[dict[str, Any]]
) -> None:
    """For the pipeline and by feature; what is captured is what came."""
    service.model(1)
    strange = {"length": 2, "ribs": 1000, "sex/age": "X"}
    assert post(json.dumps({"instances": [strange, strange]}))[0] == 200
    assert measured[1:] == [
        {"UnseenCategories": 2},
        {"UnseenCategories": 2, "feature": "sex/age"},
        {"OutOfRange": 2},
        {"OutOfRange": 2, "feature": "ribs"},
    ]


def test_invalid_instances_are_counted(
    service: Service, post: Post, measured: list[dict[str, Any]]
) -> None:
    """As many as there are, however many faults each has."""
    service.model(1)
    assert post('{"instances": [{}, {"length": 1}, {"x": 1, "y": 2}]}')[0] == 422
    assert measured == [{"InvalidInstances": 2}]


def test_an_answer_that_is_no_number_is_not_given(service: Service, post: Post) -> None:
    """Sooner a fault that somebody looks at than null for a prediction."""
    service.model(1, artifact_bytes(1e308))
    assert post('{"instances": [{"length": 1}]}')[0] == 200
    status, document = post('{"instances": [{"length": 10}]}')
    assert (status, "operator" in document["detail"]) == (500, True)


@pytest.mark.parametrize(("classes", "task"), [((), "regression"), (("no", "yes"), "binary")])
def test_numbers_beyond_all_measure_are_the_callers_fault(
    service: Service, post: Post, classes: tuple[str, ...], task: Task
) -> None:
    """A sound model that they lead beyond all floats answers neither null nor a server's error."""
    features = (Feature("length", "float"), Feature("width", "float"))
    header = Header("shells", "d", "c", task, "rings", classes, Signature(features), {})
    link = {"link": "logistic" if classes else "identity", "intercepts": [0.0]}
    model = {"kind": "linear", "steps": [], "coefficients": [[9.0, -9.0]], **link}
    inputs = [["length", "number"], ["width", "number"]]
    service.model(1, pack(header.to_json(), {"inputs": inputs, "model": model}))
    row = '{"length": 1, "width": 2}'
    assert post(f'{{"instances": [{row}]}}')[0] == 200
    large = '{"length": 1e308, "width": 1e308}'
    status, document = post(f'{{"instances": [{row}, {large}]}}')
    assert status == 422
    assert [fault["pointer"] for fault in document["errors"]] == ["/instances/1"]


def test_a_retry_with_ids_is_the_same_request(service: Service, post: Post, outbox: Outbox) -> None:
    """The same answer, and captured lines that a reader counts once."""
    service.model(1)
    body = '{"instances": [{"length": 2}, {"length": 3}], "ids": ["a", "b"]}'
    assert post(body) == post(body)
    assert len({json.loads(line)["key"] for line in outbox.lines}) == 2
    assert len(outbox.lines) == 4


def test_a_snapshot_is_taken_warm() -> None:
    """What is done before it calls nobody and leaves botocore imported."""
    warm()
    assert "botocore.session" in sys.modules
