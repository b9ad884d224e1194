"""Objects by URI: the port, its fake, and nothing of S3 but the names."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from io import SEEK_CUR, SEEK_END, SEEK_SET, BytesIO, RawIOBase
from typing import Any, BinaryIO, Protocol

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

    def create(
        self, uri: str, content_type: str, metadata: Mapping[str, str]
    ) -> AbstractContextManager[BinaryIO]:
        """A stream to write the object with: it is there when the block ends, whole.

        Where the block raises, what was there before stays.
        """

    def copy(self, source: str, target: str) -> None:
        """Put an object at another place too, without reading it here; FileNotFoundError."""

    def metadata(self, uri: str, version: str | None = None) -> dict[str, str]:
        """The object's user metadata, keys in lower case."""

    def list(self, prefix: str, after: str = "") -> Iterable[str]:
        """The URIs of all objects that start with `prefix`, in order, from behind `after`."""

    def tag(self, uri: str) -> str:
        """What changes whenever the object does; FileNotFoundError where there is none."""

    def replace(self, uri: str, body: bytes, tag: str, metadata: Mapping[str, str]) -> bool:
        """Put the object unless it changed, or went, since `tag`; whether it was put."""

    def delete_versions(self, prefix: str, *, but_newest: bool = False) -> int:
        """Delete for good every version of the objects that start with `prefix`; how many.

        With `but_newest` each object stays as it is read now, or as deleted as it is now.
        """


def is_there(uri: str, store: Store) -> bool:
    """Whether there is an object."""
    try:
        store.size(uri)
    except FileNotFoundError:
        return False
    return True


class ObjectFile(RawIOBase):
    """An object as a file that is read here and there, span by span, and never as a whole."""

    def __init__(self, store: Store, uri: str, version: str | None = None) -> None:
        self._store, self._uri, self._version = store, uri, version
        self._size = store.size(uri, version)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._size}[whence] + offset
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        end = min(self._at + len(buffer), self._size)
        with self._store.open(self._uri, self._version, span=(self._at, end)) as body:
            chunk = body.read()
        buffer[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)


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

    @contextmanager
    def create(
        self, uri: str, content_type: str, metadata: Mapping[str, str]
    ) -> Iterator[BinaryIO]:
        body = BytesIO()
        yield body
        self.write(uri, body.getvalue(), content_type)
        self.tags[uri] = dict(metadata)

    def copy(self, source: str, target: str) -> None:
        self.write(target, self.read(source))

    def metadata(self, uri: str, version: str | None = None) -> dict[str, str]:
        self.read(uri, version)
        return self.tags.get(uri, {})

    def list(self, prefix: str, after: str = "") -> Iterable[str]:
        parse_uri(prefix)
        return sorted(uri for uri in self.objects if uri.startswith(prefix) and uri > after)

    def tag(self, uri: str) -> str:
        return sha256(self.read(uri)).hexdigest()

    def replace(self, uri: str, body: bytes, tag: str, metadata: Mapping[str, str]) -> bool:
        if uri not in self.objects or self.tag(uri) != tag:
            return False
        self.write(uri, body)
        self.tags[uri] = dict(metadata)
        return True

    def delete_versions(self, prefix: str, *, but_newest: bool = False) -> int:
        deleted = 0
        for uri in self.list(prefix):
            versions = self.objects.pop(uri)
            kept = versions[-1:] if but_newest else []
            deleted += len(versions) - len(kept)
            if kept:
                self.objects[uri] = kept
        return deleted


@contextmanager
def _binary(path: str) -> Iterator[BinaryIO]:
    with open(path, "rb") as file:  # noqa: PTH123 - paths are strings here, as pyarrow has them
        yield file
