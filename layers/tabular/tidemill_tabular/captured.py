"""Captured predictions and outcomes: objects of JSON lines, read as columns."""

import re
from dataclasses import dataclass
from io import BytesIO
from itertools import compress
from typing import Any, Self

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from isal import igzip

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
    if not body.startswith(GZIP_MAGIC):
        return body
    plain: bytes = igzip.decompress(body)  # type: ignore[no-untyped-call]
    return plain


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines in one piece, and how many they are."""

    body: bytes
    number: int

    @classmethod
    def of(cls, body: bytes) -> Self:
        """Whether or not the last one ends."""
        return cls(body, body.count(b"\n") + (not body.endswith(b"\n")))

    def all_begin(self, start: bytes) -> bool:
        """Whether every line does."""
        return self.body.startswith(start) and self.body.count(b"\n" + start) == self.number - 1


def by_pipeline(body: bytes) -> dict[str, Lines]:
    """The lines of an object, by the pipeline that each is of."""
    first, lines = PIPELINE.match(body), Lines.of(body)
    if first and lines.all_begin(first[0]):
        return {first[1].decode(): lines}
    found: dict[str, list[bytes]] = {}
    for line in body.splitlines():
        if line.strip():
            match = PIPELINE.match(line)
            name = match[1].decode() if match else str(orjson.loads(line)["pipeline"])
            found.setdefault(name, []).append(line)
    return {name: Lines(b"\n".join(own), len(own)) for name, own in found.items()}


def some_of(lines: Lines) -> Lines:
    """All lines, or of very many 20,000 drawn at random; of as many lines the same ones again."""
    number = lines.number
    if number <= MOST_LINES:
        return lines
    drawn = np.zeros(number, bool)
    drawn[np.random.default_rng(number).choice(number, MOST_LINES, replace=False)] = True
    return Lines(b"".join(compress(BytesIO(lines.body), drawn.tolist())), MOST_LINES)


def read_lines(lines: Lines, schema: pa.Schema) -> pa.Table:
    """The lines' columns; cell by cell where one is of another type, and null if it stays so."""
    try:
        return pj.read_json(
            pa.BufferReader(lines.body),
            read_options=pj.ReadOptions(use_threads=False, block_size=BLOCK),
            parse_options=pj.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore"
            ),
        )
    except pa.ArrowInvalid:
        found = [_cells(orjson.loads(line), schema) for line in lines.body.splitlines()]
        return pa.Table.from_pylist(found, schema=schema)


def cells_of(struct: pa.StructArray, name: str) -> pa.Array:
    """A field's cells, by its place: by name, one such as `.x` would be taken for a path."""
    return pc.struct_field(struct, [struct.type.get_field_index(name)])


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
