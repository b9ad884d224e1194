"""Objects as files of a folder: a store as fast as the disk."""

import shutil
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from tidemill.store import InMemoryStore, Span


class DiskStore(InMemoryStore):
    """A store that keeps one version of each object, on disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def link(self, path: Path, uri: str) -> None:
        """Let a file be an object."""
        target = self._path(uri)
        target.unlink(missing_ok=True)
        target.hardlink_to(path)

    def open(self, uri: str, version: str | None = None, span: Span | None = None) -> BinaryIO:
        del version
        file = self._path(uri).open("rb", buffering=0)
        return cast("BinaryIO", _Stretch(file, *span) if span else file)

    def size(self, uri: str, version: str | None = None) -> int:
        del version
        return self._path(uri).stat().st_size

    def read(self, uri: str, version: str | None = None) -> bytes:
        del version
        return self._path(uri).read_bytes()

    def write(self, uri: str, body: bytes, content_type: str = "") -> None:
        del content_type
        self._path(uri).write_bytes(body)

    def copy(self, source: str, target: str) -> None:
        shutil.copy(self._path(source), self._path(target))

    def upload(self, path: str, uri: str) -> None:
        shutil.copy(path, self._path(uri))

    def _path(self, uri: str) -> Path:
        path = self._folder / uri.removeprefix("s3://")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class _Stretch(BytesIO):
    """The bytes of a file from here to there."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        super().__init__()
        self._file, self._left = file, end - start
        file.seek(start)

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        chunk = self._file.read(wanted) if wanted else b""
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()
        super().close()
