"""HTTP over one connection that is kept, by the standard library's client.

It is imported when a connection is first opened: it brings a parser of mail with it, which takes
longer than most of a cold start, and a process that waits for its first request has time for that.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from http.client import HTTPConnection
    from ssl import SSLContext

PORTS = {"http": 80, "https": 443}


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
        self._client: HTTPConnection | None = None

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; OSError where there is none that can be understood."""
        from http.client import HTTPException  # noqa: PLC0415 - see above

        said = {"host": self._address.authority, **(headers or {})}
        self._client = self._client or self._made()
        try:
            self._client.request(method, path, body or None, said)
            answer = self._client.getresponse()
            content = answer.read()
        except HTTPException as fault:
            self.close()
            raise ConnectionError(f"{self._address.host} does not speak HTTP: {fault}") from fault
        except BaseException:
            self.close()
            raise
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, content, named)

    def close(self) -> None:
        """Let go of the connection; the next call opens another."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _made(self) -> "HTTPConnection":
        from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - see above

        _, _, host, port, _ = self._address
        if self._address.scheme == "http":
            return HTTPConnection(host, port, timeout=self._seconds)
        return HTTPSConnection(host, port, timeout=self._seconds, context=trusting())


@cache
def trusting() -> "SSLContext":
    """What every connection over TLS trusts: the certificates of this system."""
    import ssl  # noqa: PLC0415 - a plain address needs none of it

    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
