"""`make forget` without a stage goes to the cloud that runs here."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from local.cloud import Cloud
from local.errors import LocalCloudError, NotUpError
from local.forget import forget_here
from tidemill.records import ForgetRecord, Tally

REPORT = ForgetRecord(
    request_id="r1",
    state="done",
    requested_at="2026-11-01T00:00:00Z",
    removed={"drops": Tally(rows=3, objects=1)},
)


class Api(BaseHTTPRequestHandler):
    """The two routes, for the pipeline `shop` alone."""

    asked: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, body))
        if "/shop/" in self.path:
            self._answer(202, {"request_id": "r1"})
        else:
            self._answer(404, {"title": "Not Found", "detail": "no pipeline of that name"})

    def do_GET(self) -> None:
        self._answer(200, REPORT.model_dump(mode="json"))

    def _answer(self, status: int, document: object) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """What a running cloud says of itself, and its API."""
    Api.asked = []
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        made = Cloud(server.server_port, tmp_path)
        described = {
            "api_url": f"http://127.0.0.1:{server.server_port}/_aws/execute-api/a",
            "access_key": "test",
            "secret_key": "test",
            "region": "us-east-1",
        }
        made.description_file.write_text(json.dumps(described))
        yield made
        server.shutdown()
        thread.join()


def test_the_running_cloud_is_asked(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the person that the environment names."""
    monkeypatch.setenv("TIDEMILL_SUBJECT", "o'brien $x")
    console = Console(file=io.StringIO(), width=100)
    forget_here(cloud, "shop", console)
    assert Api.asked == [
        ("/_aws/execute-api/a/v1/pipelines/shop/forget", b'{"subject":"o\'brien $x"}')
    ]
    assert isinstance(console.file, io.StringIO)
    assert "drops" in console.file.getvalue()


def test_a_refusal_is_one_sentence(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of every command of the local cloud."""
    monkeypatch.setenv("TIDEMILL_SUBJECT", "anna")
    with pytest.raises(LocalCloudError, match="no pipeline of that name"):
        forget_here(cloud, "ship", Console(file=io.StringIO()))


def test_without_a_cloud_there_is_nobody_to_ask(tmp_path: Path) -> None:
    """The sentence says how to start one."""
    with pytest.raises(NotUpError, match="make up"):
        Cloud.running(tmp_path)
