"""A connection gives what a server answers, whole, or says that it did not."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Thread

import pytest

from tidemill.connection import Address, Connection

type Talk = list[bytes | None]


class Server:
    """Sends what it is told for each request, over as few connections as it can; None hangs up."""

    def __init__(self, answers: Talk) -> None:
        self.answers = answers
        self.heard: list[bytes] = []
        self.opened = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while self.answers:
            talk, _ = self._listening.accept()
            self.opened += 1
            with talk:
                self._talk(talk)

    def _talk(self, talk: socket.socket) -> None:
        while self.answers and (request := talk.recv(65_536)):
            head, _, body = request.partition(b"\r\n\r\n")
            while b"content-length: 4" in head.lower() and len(body) < 4:
                body += talk.recv(4)
            self.heard.append(head + b"\r\n\r\n" + body)
            answer = self.answers.pop(0)
            if answer is None:
                return
            talk.sendall(answer)
            if self.answers and self.answers[0] is None:
                self.answers.pop(0)
                return


@pytest.fixture
def serve() -> Iterator[Callable[[Talk], Server]]:
    """Starts servers, and ends them when they have said all."""
    servers: list[Server] = []

    def start(answers: Talk) -> Server:
        servers.append(Server(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def to(server: Server) -> Connection:
    return Connection(Address.of(f"http://127.0.0.1:{server.port}"), 5.0)


def test_a_request_is_sent_as_http_has_it(serve: Callable[[Talk], Server]) -> None:
    """Its host, its length and its headers come before its body."""
    server = serve([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Of: a\r\n\r\nok"])
    with closing(to(server)) as connection:
        answer = connection.call("POST", "/a%20b", b"body", {"x-amz-target": "t"})
    assert (answer.status, answer.body, answer.headers["x-of"]) == (200, b"ok", "a")
    head, _, body = server.heard[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a%20b HTTP/1.1"
    told = {f"host: 127.0.0.1:{server.port}", "x-amz-target: t", "content-length: 4"}
    assert told <= {line.replace("Content-Length", "content-length") for line in lines[1:]}
    assert body == b"body"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\nA\r\n" + b"d" * 10
         + b"\r\n0\r\nX-Later: 1\r\n\r\n", b"abc" + b"d" * 10),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\ncontent-length: 1\r\n\r\nn", b"n"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", b""),
    ],
    ids=["in chunks", "after it was told to go on", "empty by its status", "of no length"],
)  # fmt: skip
def test_an_answer_is_read_to_its_end(
    serve: Callable[[Talk], Server], answer: bytes, body: bytes
) -> None:
    """However it tells where that is; the next one comes over the same connection."""
    server = serve([answer, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"])
    with closing(to(server)) as connection:
        assert connection.call("GET", "/").body == body
        assert connection.call("GET", "/").body == b"next"
    assert server.opened == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nall there is",
        b"HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\nall there is",
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 12\r\n\r\nall there is",
    ],
    ids=["of no length", "in HTTP/1.0", "that says so"],
)
def test_an_answer_may_be_the_last_of_a_connection(
    serve: Callable[[Talk], Server], answer: bytes
) -> None:
    """It is whole, and the next call opens another."""
    server = serve([answer, None, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext"])
    with closing(to(server)) as connection:
        assert connection.call("GET", "/").body == b"all there is"
        assert connection.call("GET", "/").body == b"next"
    assert server.opened == 2


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 two\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\nc: d\r\n" * 40 + b"e" * 70_000 + b"\r\n",
    ],
)
def test_what_is_no_whole_answer_is_an_error(
    serve: Callable[[Talk], Server], answer: bytes | None
) -> None:
    """Of the operating system's kind, as are all that calls are tried again for."""
    server = serve([answer, None] if answer else [None])
    with (
        closing(to(server)) as connection,
        pytest.raises(OSError, match=r"HTTP|came of|closed|reset"),
    ):
        connection.call("GET", "/")


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    """Longer than was said."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address.of(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with closing(Connection(address, 0.05)) as connection, pytest.raises(TimeoutError):
            connection.call("GET", "/")


def test_a_head_holds_no_line_of_its_own() -> None:
    """A value with a line break would be another header: it is never sent."""
    connection = Connection(Address.of("http://127.0.0.1:1"), 1.0)
    with pytest.raises(ValueError, match="Invalid header"):
        connection.call("GET", "/", headers={"authorization": "a\r\nx-evil: 1"})


def test_https_is_never_spoken_in_clear(serve: Callable[[Talk], Server]) -> None:
    """A server that speaks no TLS is told nothing."""
    server = serve([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"])
    address = Address.of(f"https://127.0.0.1:{server.port}")
    with closing(Connection(address, 5.0)) as connection, pytest.raises(OSError, match=r"SSL|TLS"):
        connection.call("GET", "/secret")
    assert not any(b"secret" in request for request in server.heard)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://s3.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com", 443, "/"),
        ("http://127.0.0.1:4566/", "127.0.0.1", 4566, "/"),
        ("http://[fd00:ec2::23]/v1/credentials?a=b", "fd00:ec2::23", 80, "/v1/credentials?a=b"),
        ("http://[::1]:80", "::1", 80, "/"),
    ],
)
def test_an_address_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    """Into what is connected to and what is asked of it."""
    address = Address.of(url)
    assert (address.host, address.port, address.path) == (host, port, path)
    assert f"{address.scheme}://{address.authority}" == url.removesuffix(path)


@pytest.mark.parametrize("url", ["ftp://a", "localhost:80", "http://localhost:80@evil.example/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """Rather than asked somewhere else."""
    with pytest.raises(ValueError, match=r"http:|invalid literal"):
        Address.of(url)
