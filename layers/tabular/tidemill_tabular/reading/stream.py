"""A drop's bytes on their way in: hashed, unpacked within bounds, and told apart from faults."""

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO

import pyarrow as pa

from tidemill.errors import UnreadableFileError

READ_BYTES = 1 << 20
EXPANSION = 200
ALWAYS_ALLOWED = 256 << 20
RAGGED = re.compile(r"(Expected \d+ columns, got \d+).*")
MALFORMED = (pa.ArrowException, OSError, EOFError, zlib.error, UnicodeError, RecursionError)


class HashedStream(io.RawIOBase):
    """A stream that knows the SHA-256 and the number of all bytes read through it."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._hash = hashlib.sha256()
        self._broke = False
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        chunk = self._take(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def digest(self) -> str:
        """The digest of the whole, which is read to its end first."""
        while self._take(READ_BYTES):
            pass
        return self._hash.hexdigest()

    @contextmanager
    def blamed_on_the_file(self) -> Iterator[None]:
        """UnreadableFileError where the bytes are at fault; a failed transfer stays what it is."""
        try:
            yield
        except MALFORMED as fault:
            if self._broke:
                raise
            raise UnreadableFileError(_first_line(fault)) from fault

    def _take(self, size: int) -> bytes:
        try:
            chunk = self._body.read(size)
        except Exception:
            self._broke = True
            raise
        self._hash.update(chunk)
        self.count += len(chunk)
        return chunk


class _Bounded(io.RawIOBase):
    """What comes out of a packed stream, refused where it grows out of all proportion."""

    def __init__(self, unpacked: Any, packed: HashedStream) -> None:  # noqa: ANN401 - readable
        self._unpacked = unpacked
        self._packed = packed
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        chunk = self._unpacked.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._count += len(chunk)
        if self._count > max(ALWAYS_ALLOWED, EXPANSION * self._packed.count):
            raise UnreadableFileError(
                f"it unpacks to more than {EXPANSION} times its size; drop it unpacked"
            )
        return len(chunk)


class _Transcoded(io.RawIOBase):
    """UTF-16 as UTF-8; what is none becomes U+FFFD, which no row may hold."""

    def __init__(self, body: Any, encoding: str) -> None:  # noqa: ANN401 - readable
        self._body = body
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        while not self._ready and not self._ended:
            chunk = self._body.read(READ_BYTES)
            self._ended = not chunk
            self._ready = self._decoder.decode(chunk, final=self._ended).encode()
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def blamed[T](items: Iterable[T], blame: Callable[[], AbstractContextManager[None]]) -> Iterator[T]:
    """The items, under `blame` while each is fetched and not while it is worked on."""
    iterator = iter(items)
    while True:
        with blame():
            try:
                item = next(iterator)
            except StopIteration:
                return
        yield item


def unpack(stream: HashedStream, packing: str | None) -> "io.BufferedReader[Any]":
    """The bytes inside, as a buffered stream; UnreadableFileError where they never end."""
    packed: io.BufferedReader[Any] = io.BufferedReader(stream, READ_BYTES)
    if packing is None:
        return packed
    inside: Any = (
        gzip.GzipFile(fileobj=packed)
        if packing == "gz"
        else pa.CompressedInputStream(packed, "zstd")
    )
    return io.BufferedReader(_Bounded(inside, stream), READ_BYTES)


def transcode(body: "io.BufferedReader[Any]", encoding: str) -> "io.BufferedReader[Any]":
    """UTF-16 of either byte order as a stream of UTF-8."""
    return io.BufferedReader(_Transcoded(body, encoding), READ_BYTES)


def _first_line(fault: BaseException) -> str:
    """What the parser says, without the row that it cites."""
    line = (str(fault).splitlines() or [type(fault).__name__])[0]
    return RAGGED.sub(r"\1", line)
