"""The endpoint over real HTTP: what the function answers, and what a container owes its host."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from threading import Event
from typing import Any

import pytest
import uvicorn

from inference.endpoint.app import ATTRIBUTES, MOST_BYTES, SMALL_BYTES, Endpoint
from inference.endpoint.outbox import MOST_PARCELS
from inference.predict.champions import Champions, Keeping
from inference.predict.handler import respond
from inference.predict.predict import Predictor
from inference.predict.trials import Trials
from tests.functions.inference.conftest import Service, artifact_bytes
from tidemill.errors import ServiceError
from tidemill.records import Challenge, now
from tidemill.table import InMemoryTable, Item

BODY = '{"instances": [{"length": 2}], "ids": ["a"]}'
JSON = {"Content-Type": "application/json"}


class Outbox:
    """Keeps what it is given; `gate` holds it back while it is clear."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.gate = Event()
        self.gate.set()

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        assert pipeline == "shells"
        self.gate.wait(10)
        self.lines += lines

    def done(self) -> None:
        raise AssertionError


class Nowhere:
    """Keeps nothing."""

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        assert pipeline
        assert lines

    def done(self) -> None:
        pass


@dataclass
class Running:
    """A server on a port of this machine, and what it did."""

    port: int
    server: uvicorn.Server
    outbox: Outbox
    measured: list[dict[str, float]]
    thread: threading.Thread = field(default_factory=threading.Thread)

    def ask(
        self, method: str, path: str, body: str | bytes = "", headers: dict[str, str] = JSON
    ) -> tuple[int, dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read().decode()
        finally:
            connection.close()

    def invoke(self, body: str | bytes = BODY, attributes: str = "") -> tuple[int, Any]:
        headers = JSON | ({ATTRIBUTES: attributes} if attributes else {})
        status, _, text = self.ask("POST", "/invocations", body, headers)
        return status, json.loads(text)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()


type Start = Callable[..., Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Serve a service's pipelines, renewed every so many seconds."""
    running: list[Running] = []

    def begin(service: Service, seconds: float = 60.0, pipeline: str = "shells") -> Running:
        measured: list[dict[str, float]] = []
        outbox = Outbox()
        champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
        predictor = Predictor(
            champions,
            outbox,
            lambda _name, values, _feature="": measured.append({**values}),
            Trials(champions, lambda *_: None),
        )
        app = Endpoint(predictor, pipeline=pipeline, seconds=seconds)
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, loop="uvloop", http="httptools", ws="none", lifespan="on", log_config=None
        )
        server = uvicorn.Server(config)
        made = Running(listening.getsockname()[1], server, outbox, measured)
        made.thread = threading.Thread(
            target=lambda: asyncio.run(
                server.serve([listening]), loop_factory=config.get_loop_factory()
            )
        )
        made.thread.start()
        running.append(made)
        return made

    yield begin
    for each in running:
        each.outbox.gate.set()
        each.stop()


def test_it_answers_as_the_function_does(service: Service, start: Start) -> None:
    """At the API's own path and at SageMaker's, for good and for bad requests alike."""
    service.model(3)
    running = start(service)
    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    predictor = Predictor(champions, Nowhere(), lambda *_: None)
    for body in (BODY, "", "{", '{"instances": 1}', '{"instances": [{"length": "x"}]}'):
        event = {"pathParameters": {"name": "shells"}, "headers": JSON, "body": body}
        said = respond(event, predictor)
        for path in ("/invocations", "/v1/pipelines/shells/predictions"):
            status, headers, text = running.ask("POST", path, body)
            assert (status, text) == (said["statusCode"], said["body"])
            assert headers["content-type"] == said["headers"]["Content-Type"]


def test_it_is_healthy(service: Service, start: Start) -> None:
    """A ping is answered while no model serves; only a GET is one."""
    running = start(service)
    assert running.ask("GET", "/ping")[0] == 200
    status, headers, text = running.ask("POST", "/ping")
    assert (status, headers["allow"], json.loads(text)["status"]) == (405, "GET", 405)


def test_an_invocation_names_its_pipeline(service: Service, start: Start) -> None:
    """By SageMaker's custom attributes, which go before the server's own."""
    service.model(1)
    running = start(service, pipeline="stones")
    assert running.invoke(attributes="pipeline=shells")[0] == 200
    status, document = running.invoke()
    assert (status, "stones" in document["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (("POST", "/elsewhere", BODY), 404),
        (("POST", "/v1/pipelines/shells", BODY), 404),
        (("GET", "/v1/pipelines/shells/predictions"), 405),
        (("POST", "/invocations", b"\xff\xfe"), 400),
        (("POST", "/invocations", b" " * (MOST_BYTES + 1)), 413),
    ],
    ids=lambda value: "_".join(map(str, value[:2])) if isinstance(value, tuple) else str(value),
)
def test_what_it_does_not_answer_is_a_problem(
    service: Service, start: Start, asked: tuple[str, str], status: int
) -> None:
    """Each is a problem document of its status."""
    service.model(1)
    given, headers, text = start(service).ask(*asked)
    assert (given, json.loads(text)["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"


def test_a_promotion_is_seen_without_a_request_waiting_for_it(
    service: Service, start: Start
) -> None:
    """The next model answers soon after, large requests and small ones alike."""
    service.model(1)
    running = start(service, seconds=0.02)
    assert running.invoke()[1]["model"] == "shells/1"
    service.model(2)
    large = json.dumps({"instances": [{"length": 2}] * 2_000})
    assert len(large) > SMALL_BYTES
    for body in (BODY, large):
        for _ in range(200):
            status, document = running.invoke(body)
            assert status == 200
            factor = int(document["model"].rpartition("/")[2])
            assert document["predictions"][-1]["value"] == 2.0 * factor
            if factor == 2:
                break
        assert document["model"] == "shells/2"


def test_a_shadow_is_scored_beside_the_answering(service: Service, start: Start) -> None:
    """The champion answers; what the model on trial says is captured, to the last line."""
    service.model(2)
    service.model(1)
    challenge = Challenge(
        model_version=2, release="r", stage="shadow", share=1.0, approved_at=now(), since=now()
    )
    service.registry.challenge("shells", challenge)
    running = start(service)
    for _ in range(5):
        assert running.invoke()[1]["predictions"][0]["value"] == 2.0
    running.stop()
    models = sorted(json.loads(line)["model"] for line in running.outbox.lines)
    assert models == ["shells/1"] * 5 + ["shells/2"] * 5


class Slow(InMemoryTable):
    """A registry that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Event()
        self.gate.set()

    def get(self, pipeline: str, record: str) -> Item | None:
        if not self.gate.wait(5):
            raise ServiceError("dynamodb does not answer")
        return super().get(pipeline, record)


def test_a_registry_that_hangs_stops_nobody(start: Start) -> None:
    """What is served goes on, pings are answered, and who asks for something new waits alone."""
    service = Service(table=Slow())
    service.accept()
    service.model(1)
    running = start(service)
    assert running.invoke()[0] == 200
    assert isinstance(service.table, Slow)
    service.table.gate.clear()
    waiting = threading.Thread(target=running.invoke, args=(BODY, "pipeline=stones"))
    waiting.start()
    assert running.invoke()[0] == 200
    assert running.ask("GET", "/ping")[0] == 200
    assert waiting.is_alive()
    service.table.gate.set()
    waiting.join(10)


def test_what_was_answered_is_captured_before_the_end(service: Service, start: Start) -> None:
    """Captures that wait for a slow stream when the server is told to end are not lost."""
    service.model(1)
    running = start(service)
    running.outbox.gate.clear()
    for _ in range(20):
        assert running.invoke()[0] == 200
    assert running.outbox.lines == []
    threading.Timer(0.2, running.outbox.gate.set).start()
    running.stop()
    assert len(running.outbox.lines) == 20
    assert not any("CapturesLost" in values for values in running.measured)


def test_a_stream_that_hangs_costs_captures_and_no_answers(service: Service, start: Start) -> None:
    """What finds no room in the queue is counted."""
    service.model(1, artifact_bytes(1.0))
    running = start(service)
    running.outbox.gate.clear()
    endpoint: Any = running.server.config.app
    for _ in range(2 * MOST_PARCELS + 100):  # one queue is being sent, one waits
        endpoint._outbox.post("shells", [b"{}\n"])
    assert running.invoke()[0] == 200
    lost = sum(values.get("CapturesLost", 0) for values in running.measured)
    assert lost >= 98
