"""A client that keeps its connections and asks the same again and again, for any server."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field

import httptools


@dataclass(frozen=True, slots=True)
class Question:
    """A POST of a JSON document to a port of this machine."""

    port: int
    path: str
    body: bytes

    def wire(self) -> bytes:
        """The request as it goes over the connection."""
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        ).encode() + self.body


@dataclass(slots=True)
class Seen:
    """Seconds of each answer; RuntimeError for any that is not 200."""

    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Half of the answers took no longer."""
        return statistics.median(self.seconds)


class Asking(asyncio.Protocol):
    """Asks as soon as it is answered, until it is told to stop."""

    def __init__(self, question: Question, seen: Seen, ended: asyncio.Future[None]) -> None:
        self._wire = question.wire()
        self._seen = seen
        self._ended = ended
        self.stop = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._asked = time.perf_counter()
        self._transport.write(self._wire)

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """An answer is there: ask again."""
        self._seen.seconds.append(time.perf_counter() - self._asked)
        status = self._parser.get_status_code()
        if status != 200:
            self._end(RuntimeError(f"the server answers {status}"))
        elif self.stop:
            self._end(None)
        else:
            asyncio.get_running_loop().call_soon(self._ask)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server is not to end it."""
        self._end(exc or RuntimeError("the server ended the connection"))

    def _end(self, fault: Exception | None) -> None:
        if self._ended.done():
            return
        if fault:
            self._ended.set_exception(fault)
        else:
            self._ended.set_result(None)
        self._transport.close()


def ask(question: Question, seconds: float, connections: int = 1) -> Seen:
    """Ask for so long, over so many connections at once."""
    return asyncio.run(_ask(question, seconds, connections))


async def _ask(question: Question, seconds: float, connections: int) -> Seen:
    loop, seen = asyncio.get_running_loop(), Seen()
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    asking = [Asking(question, seen, end) for end in ends]
    for each in asking:
        await loop.create_connection(lambda each=each: each, "127.0.0.1", question.port)  # type: ignore[misc]
    await asyncio.sleep(seconds)
    for each in asking:
        each.stop = True
    await asyncio.gather(*ends)
    return seen
