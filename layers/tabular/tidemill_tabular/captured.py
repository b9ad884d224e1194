"""Captured predictions and outcomes: objects of JSON lines, read as columns."""

import gzip
import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zlib import crc32

import orjson
import pyarrow as pa
import pyarrow.json as pj

from tidemill.artifact import label_text
from tidemill.landing import LandedObject
from tidemill.store import Store

GZIP_MAGIC = b"\x1f\x8b"
FORGOTTEN = "forgotten"
PIPELINE = re.compile(rb'\{"pipeline":"([^"\\]+)"')
BLOCK = 8 << 20
MOST_LINES = 20_000


def read_object(landed: LandedObject, store: Store) -> bytes:
    """An object's lines; none where it was seen before somebody in it was forgotten."""
    try:
        if FORGOTTEN in store.metadata(landed.uri, landed.version_id):
            return b""
        body = store.read(landed.uri, landed.version_id)
    except FileNotFoundError:
        return b""
    return gzip.decompress(body) if body.startswith(GZIP_MAGIC) else body


def by_pipeline(body: bytes) -> dict[str, list[bytes]]:
    """The lines of an object, by the pipeline that each is of."""
    lines = body.splitlines()
    first = PIPELINE.match(body)
    if first and body.count(b"\n" + first[0]) == len(lines) - 1:
        return {first[1].decode(): lines}
    found: dict[str, list[bytes]] = {}
    for line in lines:
        if line.strip():
            match = PIPELINE.match(line)
            name = match[1].decode() if match else str(orjson.loads(line)["pipeline"])
            found.setdefault(name, []).append(line)
    return found


def some_of(lines: Sequence[bytes]) -> Sequence[bytes]:
    """All lines, or of very many some 20,000 that their hashes decide."""
    if len(lines) <= MOST_LINES:
        return lines
    below = 2**32 * MOST_LINES // len(lines)
    return [line for line in lines if crc32(line) < below]


def read_lines(lines: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    """The lines' columns; cell by cell where one is of another type, and null if it stays so."""
    try:
        return pj.read_json(
            BytesIO(b"\n".join(lines)),
            read_options=pj.ReadOptions(use_threads=False, block_size=BLOCK),
            parse_options=pj.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        found = [_cells(orjson.loads(line), schema) for line in lines]
        return pa.Table.from_pylist(found, schema=schema)


def _cells(document: dict[str, Any], fields: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a schema or a struct
    """A line's cells as far as they are of their types; a number may stand as a text."""
    return {field.name: _cell(document.get(field.name), field.type) for field in fields}


def _cell(value: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 - as it came
    if value is None:
        return None
    if pa.types.is_struct(kind):
        return _cells(value, kind)
    if pa.types.is_string(kind):
        return label_text(value)
    try:
        if pa.types.is_boolean(kind):
            return value if isinstance(value, bool) else str(value).lower() == "true"
        return int(str(value)) if pa.types.is_integer(kind) else float(str(value))
    except ValueError:
        return None
