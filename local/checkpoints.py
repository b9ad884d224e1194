"""Checkpoints, kept in S3 while a job runs and put back before it starts again."""

from pathlib import Path
from typing import TYPE_CHECKING

from local.container import download, split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


class Checkpoints:
    """A folder and the S3 prefix it is mirrored to; without a prefix nothing is kept."""

    def __init__(self, s3: "S3Client", folder: Path, uri: str | None) -> None:
        self._s3 = s3
        self._folder = folder
        self._uri = uri.rstrip("/") + "/" if uri else None
        self._seen: dict[Path, tuple[int, int]] = {}

    def restore(self) -> None:
        """Fetch what earlier runs left; a first run finds nothing, and that is fine."""
        if self._uri:
            download(self._s3, self._uri, self._folder)
            self._seen = {path: _stamp(path) for path in self._files()}

    def push(self) -> None:
        """Upload every file that is new or has changed since it was last seen."""
        if not self._uri:
            return
        bucket, prefix = split_uri(self._uri)
        for path in self._files():
            try:
                stamp = _stamp(path)
                if self._seen.get(path) == stamp:
                    continue
                body = path.read_bytes()
            except FileNotFoundError:
                continue
            key = prefix + path.relative_to(self._folder).as_posix()
            self._s3.put_object(Bucket=bucket, Key=key, Body=body)
            self._seen[path] = stamp

    def _files(self) -> list[Path]:
        return [path for path in self._folder.rglob("*") if path.is_file()]


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_mtime_ns, state.st_size
