"""Credentials are those that the environment holds or leads to, and are renewed in time."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tidemill.credentials import Credentials, Lender, credentials, lender
from tidemill.errors import ServiceError

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)


class Place(BaseHTTPRequestHandler):
    """Lends credentials, each time others; None fails."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    answers: ClassVar[list[str | None]] = []
    expires: ClassVar[datetime]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["authorization"]))
        key = self.answers.pop(0)
        said = {"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t"}
        said["Expiration"] = self.expires.strftime("%Y-%m-%dT%H:%M:%SZ")
        body = json.dumps(said).encode()
        self.send_response(500 if key is None else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Place]]:
    """An address on this machine, in the environment of a function restored from a snapshot."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    url = f"http://127.0.0.1:{server.server_port}/2021-04-23/credentials?v=1"
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    Place.asked, Place.answers, Place.expires = [], [], NOW + timedelta(minutes=30)
    lender.cache_clear()
    yield Place
    lender.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_lends_them(place: type[Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, to whoever shows the token of the environment."""
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret")
    place.answers, place.expires = ["AKID"], datetime.now(UTC) + timedelta(hours=1)
    assert credentials() == Credentials("AKID", "s", "t")
    assert credentials() == Credentials("AKID", "s", "t")
    assert place.asked == [("/2021-04-23/credentials?v=1", "secret")]


def test_a_token_may_be_in_a_file(
    place: type[Place], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Read anew each time: somebody else changes it."""
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
    place.answers = ["AKID"]
    Lender(lambda: NOW).current()
    assert place.asked[0][1] == "from-file"


def test_they_are_renewed_before_they_expire(place: type[Place]) -> None:
    """Five minutes before; held ones serve while the address fails, but not beyond their end."""
    moment = NOW
    borrowed = Lender(lambda: moment)
    place.answers = ["first"]
    assert borrowed.current().access_key == "first"
    moment = NOW + timedelta(minutes=24)
    assert borrowed.current().access_key == "first"
    moment = NOW + timedelta(minutes=26)
    place.answers = [None, None, None, None, "second"]
    assert borrowed.current().access_key == "first"
    assert borrowed.current().access_key == "second"
    moment = NOW + timedelta(minutes=30)
    place.answers = [None, None, None]
    with pytest.raises(ServiceError, match="lends no credentials: 500"):
        borrowed.current()


def test_without_any_the_error_says_so(place: type[Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to set."""
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    with pytest.raises(ServiceError, match="AWS_ACCESS_KEY_ID"):
        credentials()
    assert not place.asked


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1", "127.0.0.1.example.com"])
def test_a_token_goes_nowhere_in_clear(
    place: type[Place], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """An address of another machine is asked over TLS or not at all."""
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://{host}/")
    with pytest.raises(ServiceError, match="use https"):
        credentials()
    assert not place.asked
