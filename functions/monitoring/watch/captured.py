"""Captured predictions as columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from monitoring.watch.baseline import compared
from monitoring.watch.columns import ANSWER
from tidemill.contract import Contract

PIPELINE = re.compile(rb'\{"pipeline":"([^"\\]+)"')
SHADOW = "shadow"
BLOCK = 8 << 20
TYPES: dict[str, pa.DataType] = {
    "int": pa.float64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.string(),
}
LABELS: dict[str, pa.DataType] = {**TYPES, "int": pa.int64()}


@dataclass(frozen=True)
class Captured:
    """Predictions in the order of their lines: keys, features, and what which model answered.

    A key is None, as a variant is, where the line has none.
    """

    keys: list[str | None]
    variants: list[str | None]
    features: pa.Table
    answers: pa.Table

    def take(self, places: Sequence[int]) -> "Captured":
        chosen = pa.array(places, pa.int64())
        return Captured(
            [self.keys[place] for place in places],
            [self.variants[place] for place in places],
            self.features.take(chosen),
            self.answers.take(chosen),
        )

    @property
    def served(self) -> "Captured":
        """Those that somebody was answered with."""
        return self.take([n for n, variant in enumerate(self.variants) if variant != SHADOW])

    @property
    def champions(self) -> pa.Table:
        """The champion's answers."""
        known = {None, "champion"}
        places = [n for n, variant in enumerate(self.variants) if variant in known]
        return self.answers.take(pa.array(places, pa.int64()))


def by_pipeline(body: bytes) -> dict[str, list[bytes]]:
    """The lines of an object, by the pipeline that each is of."""
    found: dict[str, list[bytes]] = {}
    for line in body.splitlines():
        if line.strip():
            match = PIPELINE.match(line)
            name = match[1].decode() if match else str(orjson.loads(line)["pipeline"])
            found.setdefault(name, []).append(line)
    return found


def read_captured(lines: Sequence[bytes], contract: Contract) -> Captured:
    """What is compared, of lines of one pipeline; what is of no such type is null."""
    features = {name: TYPES[column.type] for name, column in compared(contract).items()}
    answer = _answer_type(contract)
    shape = [(n, pa.string()) for n in ("key", "variant")]
    shape += [("value", answer), ("features", pa.struct(list(features.items())))]
    schema = pa.schema(shape)
    try:
        table = _read_fast(lines, schema)
    except pa.ArrowInvalid:
        table = _read_slowly(lines, schema)
    inside = table.column("features").combine_chunks()
    return Captured(
        table.column("key").to_pylist(),
        table.column("variant").to_pylist(),
        pa.table({name: pc.struct_field(inside, name) for name in features}),
        pa.table({ANSWER: table.column("value")}),
    )


def _answer_type(contract: Contract) -> pa.DataType:
    kind = contract.columns()[contract.target].type
    return (TYPES if contract.problem == "regression" else LABELS)[kind]


def _read_fast(lines: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    return pj.read_json(
        BytesIO(b"\n".join(lines)),
        read_options=pj.ReadOptions(use_threads=False, block_size=BLOCK),
        parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    )


def _read_slowly(lines: Sequence[bytes], schema: pa.Schema) -> pa.Table:
    """Line by line, cell by cell: a number may stand as a text, and a text as a number."""
    found = [orjson.loads(line) for line in lines]
    asked: list[Mapping[str, Any]] = [document.get("features") or {} for document in found]
    struct = schema.field("features").type
    columns = [
        pa.array([_cell(row.get(field.name), field.type) for row in asked], field.type)
        for field in struct
    ]
    others = {
        field.name: pa.array([_cell(d.get(field.name), field.type) for d in found], field.type)
        for field in schema
        if field.name != "features"
    }
    inside = pa.StructArray.from_arrays(columns, fields=list(struct)) if columns else None
    return pa.table({**others, "features": inside})


def _cell(value: object, kind: pa.DataType) -> object:
    if value is None:
        return None
    if pa.types.is_string(kind):
        return str(value).lower() if isinstance(value, bool) else str(value)
    try:
        if pa.types.is_boolean(kind):
            return value if isinstance(value, bool) else str(value).lower() == "true"
        return int(str(value)) if pa.types.is_integer(kind) else float(str(value))
    except ValueError:
        return None
