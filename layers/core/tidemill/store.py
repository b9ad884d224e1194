"""Objects by URI: the port, its fake, and nothing of S3 but the names."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO, Protocol

type Span = tuple[int, int]


def parse_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/a/b` is (`bucket`, `a/b`); a key may hold any character, `?` and `#` too."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"not an S3 URI: {uri!r}")
    return bucket, key


class Store(Protocol):
    """Objects, read and written whole or as a stream."""

    def open(self, uri: str, version: str | None = None, span: Span | None = None) -> BinaryIO:
        """A stream over the object, or over the bytes `span` of it: from the first, up to the last.

        FileNotFoundError where there is none; a span may end beyond the object's end.
        """

    def size(self, uri: str, version: str | None = None) -> int:
        """The object's number of bytes; FileNotFoundError where there is none."""

    def read(self, uri: str, version: str | None = None) -> bytes:
        """The object; FileNotFoundError where there is none."""

    def write(self, uri: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        """Put the object; the same bytes at the same URI change nothing."""

    def upload(self, path: str, uri: str) -> None:
        """Put a local file, in parts where it is large."""

    def metadata(self, uri: str, version: str | None = None) -> dict[str, str]:
        """The object's user metadata, keys in lower case."""


class InMemoryStore:
    """A store that holds its objects itself; versions are the order of writing, from 1."""

    def __init__(self) -> None:
        self.objects: dict[str, list[bytes]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def open(self, uri: str, version: str | None = None, span: Span | None = None) -> BinaryIO:
        return BytesIO(self.read(uri, version)[slice(*span) if span else slice(None)])

    def size(self, uri: str, version: str | None = None) -> int:
        return len(self.read(uri, version))

    def read(self, uri: str, version: str | None = None) -> bytes:
        parse_uri(uri)
        try:
            return self.objects[uri][int(version) - 1 if version else -1]
        except (KeyError, IndexError):
            raise FileNotFoundError(uri) from None

    def write(self, uri: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        del content_type
        parse_uri(uri)
        self.objects.setdefault(uri, []).append(body)

    def upload(self, path: str, uri: str) -> None:
        with _binary(path) as file:
            self.write(uri, file.read())

    def metadata(self, uri: str, version: str | None = None) -> dict[str, str]:
        self.read(uri, version)
        return self.tags.get(uri, {})


@contextmanager
def _binary(path: str) -> Iterator[BinaryIO]:
    with open(path, "rb") as file:  # noqa: PTH123 - paths are strings here, as pyarrow has them
        yield file
