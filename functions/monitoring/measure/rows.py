"""What is kept of captured predictions and of outcomes, and how the two become pairs."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Contract
from tidemill_tabular.captured import Lines, cells_of, read_lines

CHANCE = "p:"
MODEL_ENDS = b'","variant"'
SLICE = "slice:"
SUBJECT = "subject"
BATCH = "batch"
KEPT = ("id", "model", "variant", "at", BATCH)
FEATURE = "feature:"
MOST_PAIRS = 50_000
DAY = 10
SLICED = {"bool": pa.bool_(), "category": pa.string(), "int": pa.int64()}
TYPES = {**SLICED, "float": pa.float64()}
READ = {"category": pa.string(), "bool": pa.bool_()}


def read_predictions(
    lines: Lines, contract: Contract, reads: Mapping[str, str] = MappingProxyType({})
) -> pa.Table:
    """Id, value as text, model, variant, moment, batch; a column a probability, and a slice.

    `reads` are further features by their types, of which categories are texts, the rest numbers.
    """
    kind = TYPES[contract.columns()[contract.target].type]
    number = contract.problem == "regression"
    features = contract.feature_columns()
    kept = {name: SLICED[features[name].type] for name in _sliced(contract)}
    subject = contract.privacy.subject
    named = subject if subject in features else None
    more = {name: READ.get(type_, pa.float64()) for name, type_ in reads.items()}
    wanted = {**more, **kept, **({named: pa.string()} if named else {})}
    labels = [] if number else _labels(lines)
    schema = _schema(pa.float64() if number else kind, labels, wanted)
    table = read_lines(lines, schema)
    columns = {name: table.column(name) for name in KEPT}
    columns["value"] = _texts(table.column("value"))
    shares = table.column("probabilities").combine_chunks() if labels else None
    columns |= {f"{CHANCE}{label}": cells_of(shares, label) for label in labels}
    cells = table.column("features").combine_chunks() if wanted else None
    columns |= {f"{SLICE}{name}": _texts(cells_of(cells, name)) for name in kept}
    columns |= {f"{FEATURE}{name}": cells_of(cells, name) for name in more}
    if named:
        columns[SUBJECT] = cells_of(cells, named)
    found = pa.table(columns)
    return found.filter(pc.and_(pc.is_valid(found["id"]), pc.is_valid(found["value"])))


def by_day(rows: pa.Table) -> list[tuple[str, pa.Table]]:
    """The days of the predictions in their order, each with its rows."""
    days = pc.utf8_slice_codeunits(rows.column("at"), 0, DAY)
    return [(day, rows.filter(pc.equal(days, day))) for day in sorted(pc.unique(days).to_pylist())]


def without_features(rows: pa.Table) -> pa.Table:
    """The columns that are kept."""
    return rows.select([name for name in rows.column_names if not name.startswith(FEATURE)])


def read_told(lines: Lines) -> pa.Table:
    """Outcomes of one pipeline as `tidemill.outcomes` writes them."""
    found = [orjson.loads(line) for line in lines.body.splitlines()]
    return outcomes_table(
        [str(each["id"]) for each in found],
        [str(each["value"]) for each in found],
        [str(each["at"]) for each in found],
    )


def outcomes_table(ids: Sequence[str], values: Sequence[str], at: Sequence[str]) -> pa.Table:
    text = pa.string()
    columns = {"id": ids, "outcome": values, "told": at}
    return pa.table({name: pa.array(cells, text) for name, cells in columns.items()})


def newest_outcomes(rows: pa.Table) -> pa.Table:
    """Of each id the outcome that was told last."""
    return _last(rows, ["id"], "told")


def first_predictions(rows: pa.Table) -> pa.Table:
    """Of each id asked of the same model, the first answer: sent again, it is the same one."""
    return _last(rows, ["id", "model"], "at", order="descending")


def newest_pairs(rows: pa.Table) -> pa.Table:
    """Of each prediction the newest outcome; of very many, those that their ids' hashes decide."""
    rows = _last(rows, ["id", "model"], "told")
    if rows.num_rows <= MOST_PAIRS:
        return rows
    marks = np.array([crc32(name.encode()) for name in rows.column("id").to_pylist()])
    return rows.take(pa.array(np.sort(np.argsort(marks, kind="stable")[:MOST_PAIRS])))


def _last(rows: pa.Table, keys: list[str], moment: str, order: str = "ascending") -> pa.Table:
    if pc.count_distinct(rows[keys[0]]).as_py() == rows.num_rows:
        return rows
    places = rows.select([*keys, moment]).append_column(
        "place", pa.array(range(rows.num_rows), pa.int64())
    )
    ordered = places.sort_by([(moment, order), ("place", order)])
    last = ordered.group_by(keys, use_threads=False).aggregate([("place", "last")])
    return rows.take(last["place_last"])


def _sliced(contract: Contract) -> list[str]:
    features = contract.feature_columns()
    return [
        name for name in contract.gate.slices if getattr(features.get(name), "type", "") in SLICED
    ]


def _labels(lines: Lines) -> list[str]:
    """The classes of every model among the lines, in the order of the first one's."""
    body = lines.body
    first = body[: body.find(b"\n") + 1] or body
    every = [first] if lines.all_begin(_up_to_model(first)) else body.splitlines()
    found: dict[str, None] = {}
    for line in {_up_to_model(line): line for line in every}.values():
        found |= dict.fromkeys(orjson.loads(line).get("probabilities") or {})
    return list(found)


def _up_to_model(line: bytes) -> bytes:
    """What lines of the same model begin with."""
    return line[: line.find(MODEL_ENDS) + len(MODEL_ENDS)] if MODEL_ENDS in line else line


def _schema(kind: pa.DataType, labels: Sequence[str], cells: dict[str, pa.DataType]) -> pa.Schema:
    fields = [(name, pa.string()) for name in KEPT]
    shape: list[Any] = [*fields, ("value", kind)]
    if labels:
        shape.append(("probabilities", pa.struct([(label, pa.float64()) for label in labels])))
    if cells:
        shape.append(("features", pa.struct(list(cells.items()))))
    return pa.schema(shape)


def floats(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """NaN where missing, or where a contract of today has a number for a text."""
    if pa.types.is_string(column.type):
        return np.full(len(column), np.nan)
    return np.ascontiguousarray(pc.cast(column, pa.float64(), safe=False).to_numpy(), dtype=float)


def _texts(column: Any) -> Any:  # noqa: ANN401 - an Arrow column
    return column if pa.types.is_string(column.type) else pc.cast(column, pa.string())
