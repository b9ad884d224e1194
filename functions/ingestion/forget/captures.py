"""Captured predictions and outcomes: JSON lines, packed by gzip or not."""

import gzip
import json
from collections.abc import Iterator

from ingestion.forget.found import Found
from ingestion.forget.subject import Subject
from tidemill.store import Store

GZIP_MAGIC = b"\x1f\x8b"


def search_capture(uri: str, store: Store, subject: Subject) -> Found:
    """Count the lines that are of the person's id, or of their row."""
    owners = [_is_theirs(line, subject) for line in _lines(store.read(uri))]
    return Found(rows=owners.count(True), unnamed=owners.count(None))


def capture_without(uri: str, store: Store, subject: Subject) -> bytes:
    """The object without those predictions, every other line byte for byte."""
    body = store.read(uri)
    kept = b"".join(line for line in _lines(body) if not _is_theirs(line, subject))
    return gzip.compress(kept, mtime=0) if body.startswith(GZIP_MAGIC) else kept


def _lines(body: bytes) -> Iterator[bytes]:
    plain = gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body
    yield from plain.splitlines(keepends=True)


def _is_theirs(line: bytes, subject: Subject) -> bool | None:
    """Whether the person is named in the line; None where it cannot be read."""
    if subject.pipeline.encode() not in line:
        return False
    try:
        captured = json.loads(line)
        if captured["pipeline"] != subject.pipeline:
            return False
        named = (captured["id"], captured.get("features", {}).get(subject.column))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return any(subject.is_named(value) for value in named if value is not None)
