"""An issuer's keys are looked up seldom, in time, and only where they can be trusted."""

import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from inference.authorize.authorize import Tokens
from inference.authorize.keys import LIFE, MOST_BYTES, PAUSE, TRUST, fetch
from tidemill.errors import IssuerError, TokenError

from .conftest import Issuer, public, rsa_key, token, write_certificate


def test_keys_are_asked_for_once(tokens: Tokens, issuer: Issuer) -> None:
    """And again after ten minutes."""
    for _ in range(3):
        tokens.verify(token())
    assert issuer.asked == 1
    issuer.now = LIFE + 1
    tokens.verify(token())
    assert issuer.asked == 2


def test_a_new_key_is_found(tokens: Tokens, issuer: Issuer) -> None:
    """As soon as a token names it; an old one is not taken once it is withdrawn."""
    tokens.verify(token())
    issuer.keys = [public("two", rsa_key("one"))]
    issuer.now = PAUSE + 1
    tokens.verify(token(kid="two"))
    with pytest.raises(TokenError, match="no key 'one'"):
        tokens.verify(token(kid="one"))


def test_made_up_names_do_not_make_the_issuer_busy(tokens: Tokens, issuer: Issuer) -> None:
    """It is asked at most twice a minute."""
    for number in range(100):
        issuer.now = number * 0.6
        with pytest.raises(TokenError):
            tokens.verify(token(kid=f"made-up-{number}"))
    assert issuer.asked == 2


def test_an_issuer_may_be_away_for_a_while(tokens: Tokens, issuer: Issuer) -> None:
    """Its keys are believed for a day; without any, nobody can tell whose a token is."""
    tokens.verify(token())
    issuer.down, issuer.now = True, TRUST - 1
    tokens.verify(token())
    for later in (TRUST + 1, TRUST + PAUSE + 1):
        issuer.now = later
        with pytest.raises(IssuerError):
            tokens.verify(token())
    issuer.down, issuer.now = False, TRUST + 3 * PAUSE
    tokens.verify(token())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"issuer": "https://other.example"}, "another issuer's"),
        ({"keys": "none"}, "no keys"),
    ],
)
def test_documents_of_others_are_not_believed(
    tokens: Tokens, issuer: Issuer, changed: dict[str, str], says: str
) -> None:
    """What is published is the issuer's own, and a list of keys."""
    vars(issuer).update(changed)
    with pytest.raises(IssuerError, match=says):
        tokens.verify(token())


class Place(BaseHTTPRequestHandler):
    """Answers with a status and a body."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"{}")

    def do_GET(self) -> None:
        status, body = self.answer
        self.send_response(status)
        self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a server on this machine, with its key."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture
def place(certificate: Path) -> Iterator[str]:
    """The address of a server with that certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://localhost:{server.server_port}/keys?a=b"
    server.shutdown()
    server.server_close()
    thread.join()


def test_documents_come_over_tls(
    place: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a certificate that is trusted, whole, and from nowhere else than asked."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(Place, "answer", (200, b"{}"))
    assert fetch(place, trusting) == b"{}"
    with pytest.raises(IssuerError, match="CERTIFICATE_VERIFY_FAILED"):
        fetch(place)
    for answer in ((302, b""), (500, b""), (200, b" " * (MOST_BYTES + 1))):
        monkeypatch.setattr(Place, "answer", answer)
        with pytest.raises(IssuerError):
            fetch(place, trusting)


@pytest.mark.parametrize("url", ["http://id.example/", "file:///etc/passwd", "None", "https://"])
def test_nothing_is_fetched_in_clear(url: str) -> None:
    """Nor from this machine's files."""
    with pytest.raises(IssuerError, match="https"):
        fetch(url)
