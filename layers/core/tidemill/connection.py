"""HTTP/1.1 over one connection that is kept: as much of it as services of AWS speak.

The standard library's client imports a parser of mail and, for plain addresses too, TLS: together
that takes longer than all the rest of a cold start.
"""

import socket
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Self

if TYPE_CHECKING:
    from ssl import SSLContext

LONGEST_LINE = 65_536
MOST_HEADERS = 100
PORTS = {"http": 80, "https": 443}
CONTINUE = 100
EMPTY = {204, 304}


class Address(NamedTuple):
    """Where a server is asked; `authority` is how its `Host` is spelt."""

    scheme: str
    authority: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Self:
        """ValueError where it is no address of http or https."""
        scheme, _, rest = url.partition("://")
        if scheme not in PORTS:
            raise ValueError(f"{url!r} begins with neither http:// nor https://")
        authority, slash, path = rest.partition("/")
        bracketed, _, tail = authority.rpartition("]")
        host, _, port = tail.partition(":")
        host = bracketed.removeprefix("[") or host
        return cls(scheme, authority, host, int(port or PORTS[scheme]), f"{slash}{path}" or "/")


class Answer(NamedTuple):
    """What a server said; names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Connection:
    """To one server: opened when it is first needed, and again after either side has closed it.

    `seconds` bound each step of a call, None being no bound. Not to be shared between threads.
    """

    def __init__(self, address: Address, seconds: float | None) -> None:
        self._address = address
        self._seconds = seconds
        self._stream: BinaryIO | None = None
        self._socket: socket.socket | None = None

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; OSError where there is none that can be understood."""
        said = {"host": self._address.authority, "accept-encoding": "identity", **(headers or {})}
        if body or method != "GET":
            said["content-length"] = str(len(body))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
        if not all(line.isascii() and line.isprintable() for line in lines):
            raise ValueError("a request's head holds a character that HTTP does not allow there")
        head = "\r\n".join(lines).encode()
        try:
            answer = self._exchange(head + b"\r\n\r\n" + body)
        except ValueError as fault:
            self.close()
            raise ConnectionError(f"{self._address.host} does not speak HTTP: {fault}") from fault
        except BaseException:
            self.close()
            raise
        return answer

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        for held in (self._stream, self._socket):
            if held is not None:
                held.close()
        self._stream = self._socket = None

    def _exchange(self, request: bytes) -> Answer:
        if self._socket is None or self._stream is None:
            self._socket = self._open()
            self._stream = self._socket.makefile("rb")
        self._socket.sendall(request)
        head = _head(self._stream)
        while CONTINUE <= head.status < 200:
            head = _head(self._stream)
        body = _body(self._stream, head)
        if not head.keeps:
            self.close()
        return Answer(head.status, body, head.headers)

    def _open(self) -> socket.socket:
        address = self._address
        # A text would be looked up as a name of many scripts, whose tables take long to import.
        place = address.host.encode("ascii"), address.port
        opened = socket.create_connection(place, self._seconds)  # type: ignore[arg-type]
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.scheme == "http":
            return opened
        try:
            return trusting().wrap_socket(opened, server_hostname=address.host)
        except BaseException:
            opened.close()
            raise


@cache
def trusting() -> "SSLContext":
    """What every connection over TLS trusts: the certificates of this system."""
    import ssl  # noqa: PLC0415 - a plain address needs none of it

    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Head(NamedTuple):
    """How an answer begins."""

    version: str
    status: int
    headers: dict[str, str]

    @property
    def keeps(self) -> bool:
        """Whether another answer may follow it: its end is told, and is not the connection's."""
        told = "content-length" in self.headers or "transfer-encoding" in self.headers
        said = self.headers.get("connection", "").lower()
        return (told or self.status in EMPTY) and (
            said != "close" if self.version != "HTTP/1.0" else said == "keep-alive"
        )


def _head(stream: BinaryIO) -> Head:
    line = _line(stream)
    version, _, rest = line.partition(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"it answers {line[:40]!r}")
    headers: dict[str, str] = {}
    while line := _line(stream):
        name, colon, value = line.partition(":")
        if not colon or name != name.strip() or len(headers) == MOST_HEADERS:
            raise ValueError("its headers are none, or too many")
        headers[name.lower()] = value.strip()
    return Head(version, int(rest[:3]), headers)


def _body(stream: BinaryIO, head: Head) -> bytes:
    if head.status in EMPTY:
        return b""
    headers = head.headers
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return b"".join(iter(lambda: _chunk(stream), b""))
    if "content-length" in headers:
        return _exactly(stream, _size(headers["content-length"], 10))
    return stream.read()


def _chunk(stream: BinaryIO) -> bytes:
    """The next chunk of a body; empty behind the last, with what may follow it."""
    size = _size(_line(stream).partition(";")[0].strip(), 16)
    chunk = _exactly(stream, size)
    while _line(stream):
        if size:
            raise ValueError("a chunk is longer than it says")
    return chunk


def _size(text: str, base: int) -> int:
    if not text.isalnum():
        raise ValueError(f"{text[:40]!r} is no size")
    return int(text, base)


def _line(stream: BinaryIO) -> str:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionResetError("the connection was closed, or a line does not end")
    return line.rstrip(b"\r\n").decode("latin-1")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise ConnectionResetError(f"{len(found)} bytes came of {size}")
    return found
