"""Text cells against a contract's column: typed values, and the rows that break a rule."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Column

ARROW_TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.string(),
    "text": pa.string(),
    "id": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
INTEGER = r"^[+-]?[0-9]{1,18}$"
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
TYPED = frozenset({pa.int64(), pa.float64(), pa.bool_()})
TRUE, FALSE = pa.array(["true", "t", "yes", "y", "1"]), pa.array(["false", "f", "no", "n", "0"])

type Cast = Callable[[pa.Array], tuple[pa.Array, pa.Array]]


@dataclass(frozen=True)
class Checked:
    """Typed values, null where a cell is missing or bad, and which cells break which rule."""

    values: pa.Array
    broken: list[tuple[pa.Array, str]]


def check(cells: pa.Array, column: Column) -> Checked:
    """Type a column of text and test each cell against the contract; an empty cell is missing."""
    text = pc.utf8_trim_whitespace(cells)
    missing = pc.is_in(text, pa.array(["", *column.missing], pa.string()))
    present = pc.if_else(missing, pa.scalar(None, pa.string()), text)
    values, mistyped = _CASTS[column.type](present)
    broken = [(_true(mistyped), f"is not {_article(column.type)}")]
    if not column.nullable:
        broken.append((missing, "is missing"))
    if column.min is not None:
        broken.append((_true(pc.less(values, column.min)), f"is below {column.min:g}"))
    if column.max is not None:
        broken.append((_true(pc.greater(values, column.max)), f"is above {column.max:g}"))
    if column.values is not None:
        names = [_plain(value) for value in column.values]
        kind = ARROW_TYPES[column.type]
        allowed = pa.array(column.values if kind in TYPED else names, kind)
        stranger = pc.and_(pc.is_valid(values), pc.invert(pc.is_in(values, allowed)))
        broken.append((stranger, f"is none of {', '.join(names)}"))
    return Checked(values, broken)


def _cast_numbers(pattern: str, kind: pa.DataType) -> Cast:
    def cast(present: pa.Array) -> tuple[pa.Array, pa.Array]:
        fits = pc.match_substring_regex(present, pattern)
        plain = pc.utf8_ltrim(pc.if_else(fits, present, pa.scalar(None, pa.string())), "+")
        values = pc.cast(plain, kind)
        if pa.types.is_floating(kind):
            finite = pc.is_finite(values)
            fits = pc.and_(fits, pc.fill_null(finite, True))
            values = pc.if_else(finite, values, pa.scalar(None, kind))
        return values, pc.invert(fits)

    return cast


def _cast_bools(present: pa.Array) -> tuple[pa.Array, pa.Array]:
    lower = pc.utf8_lower(present)
    true, false = pc.is_in(lower, TRUE), pc.is_in(lower, FALSE)
    known = pc.or_(true, false)
    values = pc.if_else(known, true, pa.scalar(None, pa.bool_()))
    return values, pc.and_(pc.is_valid(present), pc.invert(known))


def _cast_texts(present: pa.Array) -> tuple[pa.Array, pa.Array]:
    return present, pa.array([False] * len(present))


def _cast_moments(present: pa.Array) -> tuple[pa.Array, pa.Array]:
    moments = [_moment(cell) for cell in present.to_pylist()]
    values = pa.array(moments, ARROW_TYPES["timestamp"])
    return values, pc.and_(pc.is_valid(present), pc.is_null(values))


def _moment(cell: str | None) -> datetime | None:
    """ISO 8601; a moment without an offset is UTC."""
    if cell is None or not re.match(r"\d{4}-\d{2}-\d{2}", cell):
        return None
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _true(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, False)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'ai' else 'a'} {kind}"


_CASTS: dict[str, Cast] = {
    "int": _cast_numbers(INTEGER, pa.int64()),
    "float": _cast_numbers(NUMBER, pa.float64()),
    "bool": _cast_bools,
    "category": _cast_texts,
    "text": _cast_texts,
    "id": _cast_texts,
    "timestamp": _cast_moments,
}
