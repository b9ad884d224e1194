"""A drop's bytes on their way in: hashed, unpacked, and told apart from a line that broke."""

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pyarrow as pa

from tidemill.errors import UnreadableFileError

BLOCK_BYTES = 4 << 20
PACKINGS = ("gz", "zst")
RAGGED = re.compile(r"(Expected \d+ columns, got \d+).*")
MALFORMED = (pa.ArrowException, OSError, EOFError, zlib.error, UnicodeError, RecursionError)


class HashedStream(io.RawIOBase):
    """A stream that knows the SHA-256 of all that was read through it."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._hash = hashlib.sha256()
        self._broke = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        chunk = self._take(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def digest(self) -> str:
        while self._take(BLOCK_BYTES):
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
        return chunk


class QuoteCounter(io.RawIOBase):
    """A stream that counts the quotes in what was read through it."""

    def __init__(self, body: io.BufferedIOBase) -> None:
        self._body = body
        self.quotes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        chunk = self._body.read(len(buffer))
        self.quotes += chunk.count(b'"')
        buffer[: len(chunk)] = chunk
        return len(chunk)


def split_packing(name: str) -> tuple[str, str | None]:
    """`a.csv.gz` is `a.csv`, packed as `gz`."""
    for packing in PACKINGS:
        if name.endswith(f".{packing}"):
            return name.removesuffix(f".{packing}"), packing
    return name, None


def unpack(stream: HashedStream, packing: str | None) -> "io.BufferedReader[Any]":
    """The bytes inside, as a buffered stream."""
    packed: io.BufferedReader[Any] = io.BufferedReader(stream, BLOCK_BYTES)
    if packing == "gz":
        return io.BufferedReader(gzip.GzipFile(fileobj=packed), BLOCK_BYTES)
    if packing == "zst":
        return io.BufferedReader(pa.CompressedInputStream(packed, "zstd"), BLOCK_BYTES)
    return packed


def _first_line(fault: BaseException) -> str:
    """What the parser says, without the row that it cites."""
    line = (str(fault).splitlines() or [type(fault).__name__])[0]
    if isinstance(fault, UnicodeDecodeError) or "invalid UTF8" in line:
        return "is not UTF-8 text; save the file as UTF-8"
    if "straddling" in line:
        return "a row is longer than 4 MB; is a quote missing?"
    return RAGGED.sub(r"\1", line)
