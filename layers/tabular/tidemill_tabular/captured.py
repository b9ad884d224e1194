"""Captured predictions and outcomes: objects of JSON lines, read as columns."""

import gzip
import re
from io import BytesIO
from itertools import compress
from typing import Any

import numpy as np
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


def by_pipeline(body: bytes) -> dict[str, bytes]:
    """The lines of an object, by the pipeline that each is of."""
    first = PIPELINE.match(body)
    if first and body.count(b"\n" + first[0]) == count_lines(body) - 1:
        return {first[1].decode(): body}
    found: dict[str, list[bytes]] = {}
    for line in body.splitlines():
        if line.strip():
            match = PIPELINE.match(line)
            name = match[1].decode() if match else str(orjson.loads(line)["pipeline"])
            found.setdefault(name, []).append(line)
    return {name: b"\n".join(lines) for name, lines in found.items()}


def count_lines(body: bytes) -> int:
    """How many there are, whether or not the last one ends."""
    return body.count(b"\n") + (not body.endswith(b"\n"))


def some_of(body: bytes) -> bytes:
    """All lines, or of very many 20,000 drawn at random; of as many lines the same ones again."""
    lines = count_lines(body)
    if lines <= MOST_LINES:
        return body
    drawn = np.zeros(lines, bool)
    drawn[np.random.default_rng(lines).choice(lines, MOST_LINES, replace=False)] = True
    return b"".join(compress(BytesIO(body), drawn.tolist()))


def read_lines(body: bytes, schema: pa.Schema) -> pa.Table:
    """The lines' columns; cell by cell where one is of another type, and null if it stays so."""
    try:
        return pj.read_json(
            pa.BufferReader(body),
            read_options=pj.ReadOptions(use_threads=False, block_size=BLOCK),
            parse_options=pj.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        found = [_cells(orjson.loads(line), schema) for line in body.splitlines()]
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
