"""Captures leave after the answer, and none stays behind."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event, Thread
from typing import ClassVar

import pytest

from inference.predict.extension import LaterOutbox, RuntimeApi


class Sent:
    """An outbox that keeps what it is given."""

    def __init__(self) -> None:
        self.parcels: SimpleQueue[tuple[str, list[bytes]]] = SimpleQueue()

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        self.parcels.put((pipeline, lines))

    def done(self) -> None:
        pass


class Platform:
    """Begins invocations when it is told to."""

    def __init__(self, *, grants: bool = True) -> None:
        self.grants = grants
        self.begun: SimpleQueue[bool] = SimpleQueue()
        self.idle = Event()

    def register(self) -> bool:
        return self.grants

    def await_next(self) -> None:
        self.idle.set()
        if not self.begun.get():
            raise ConnectionResetError

    def begin(self) -> None:
        assert self.idle.wait(5)
        self.idle.clear()
        self.begun.put(True)


def test_lines_are_sent_when_the_answer_is_out() -> None:
    """Not before, and before the platform may freeze the function."""
    sent, platform = Sent(), Platform()
    outbox = LaterOutbox(sent, platform)
    assert outbox.start()
    for name in ("shells", "stones"):
        platform.begin()
        outbox.post(name, [b"1", b"2"])
        assert sent.parcels.empty()
        outbox.done()
        assert platform.idle.wait(5)
        assert sent.parcels.get(timeout=5) == (name, [b"1", b"2"])
    platform.begun.put(False)


def test_a_task_waits_until_the_answer_is_out() -> None:
    """As lines do, in the order they came; at once where the platform gives no leave."""
    done: list[str] = []
    platform = Platform()
    outbox = LaterOutbox(Sent(), platform)
    outbox.start()
    outbox.defer(lambda: done.append("scored"))
    assert done == []
    platform.begin()
    outbox.done()
    assert platform.idle.wait(5)
    assert done == ["scored"]
    platform.begun.put(False)
    refused = LaterOutbox(Sent(), Platform(grants=False))
    refused.start()
    refused.defer(lambda: done.append("at once"))
    assert done == ["scored", "at once"]


def test_an_invocation_without_lines_ends_too() -> None:
    """A refusal captures nothing, and holds nothing up."""
    platform = Platform()
    outbox = LaterOutbox(Sent(), platform)
    outbox.start()
    platform.begin()
    outbox.done()
    assert platform.idle.wait(5)
    platform.begun.put(False)


def test_without_the_platforms_leave_lines_are_sent_at_once() -> None:
    """As where there is no such platform at all."""
    sent = Sent()
    outbox = LaterOutbox(sent, Platform(grants=False))
    assert not outbox.start()
    outbox.post("shells", [b"1"])
    outbox.done()
    assert sent.parcels.get(timeout=5) == ("shells", [b"1"])


def test_an_extension_that_fails_loses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """What it held is sent, and what comes later is sent at once."""
    sent, platform = Sent(), Platform()
    outbox = LaterOutbox(sent, platform)
    outbox.start()
    assert platform.idle.wait(5)
    outbox.post("shells", [b"held"])
    platform.begun.put(False)
    assert sent.parcels.get(timeout=5) == ("shells", [b"held"])
    outbox.post("shells", [b"later"])
    assert sent.parcels.get(timeout=5) == ("shells", [b"later"])
    assert "before the answer" in caplog.text


class Lambda(BaseHTTPRequestHandler):
    """The extensions API, as far as it is used."""

    asked: ClassVar[list[tuple[str, str | None, str | None]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        names = ("Lambda-Extension-Name", "Lambda-Extension-Identifier")
        self.asked.append((self.path, *(self.headers[name] for name in names)))
        assert not body or json.loads(body) == {"events": ["INVOKE"]}
        self.send_response(200)
        self.send_header("Lambda-Extension-Identifier", "id-1")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST  # noqa: N815 - so the library calls it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lambda)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    Lambda.asked = []
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_runtime_is_asked_as_it_documents(address: str) -> None:
    """Registered by name, then known by what the platform answered; nobody there is no leave."""
    runtime = RuntimeApi(address)
    assert runtime.register()
    runtime.await_next()
    assert Lambda.asked == [
        ("/2020-01-01/extension/register", "capture", None),
        ("/2020-01-01/extension/event/next", None, "id-1"),
    ]
    assert not RuntimeApi("127.0.0.1:1").register()
