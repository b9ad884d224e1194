"""Text cells against a contract's column: typed values, and the rows that break a rule."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Column
from tidemill_tabular.checking.casts import ARROW_TYPES, CASTS
from tidemill_tabular.checking.moments import exact_moments
from tidemill_tabular.checking.texts import NUL, has_nul, is_among, is_bare, without

__all__ = ["ARROW_TYPES", "Checked", "check"]

NAMED = 10
WIDEST = 2**63


@dataclass(frozen=True)
class Checked:
    """Typed values, null where a cell is missing or bad, and which cells break which rule."""

    values: pa.Array
    broken: list[tuple[pa.Array, str]]


def check(cells: pa.Array, column: Column) -> Checked:
    """Type a column of text and test each cell against the contract.

    White space around a cell is no part of it; a cell that is then empty, or null, is missing.
    """
    text = cells if is_bare(cells) else pc.utf8_trim_whitespace(cells)
    missing = _any_of(pc.fill_null(pc.equal(text, mark), True) for mark in ("", *column.missing))
    present = without(text, missing)
    broken: list[tuple[pa.Array, str]] = []
    if has_nul(cells):
        holds = _true(pc.match_substring(present, NUL))
        broken.append((holds, "holds a NUL byte"))
        present = without(present, holds)
    values = CASTS[column.type](present)
    mistyped = pc.and_(pc.is_valid(present), pc.is_null(values))
    broken.append((mistyped, f"is not {_article(column.type)}"))
    if not column.nullable:
        broken.append((missing, "is missing"))
    return Checked(values, broken + list(bounds(present, values, column)))


def bounds(present: pa.Array, values: pa.Array, column: Column) -> Iterator[tuple[pa.Array, str]]:
    """What a cell of the right type may still be refused for."""
    if column.min is not None:
        low = _bound(column, math.ceil, column.min)
        yield _true(pc.less(values, low)), f"is below {column.min:.15g}"
    if column.max is not None:
        high = _bound(column, math.floor, column.max)
        yield _true(pc.greater(values, high)), f"is above {column.max:.15g}"
    if column.pattern is not None:
        fits = pc.match_substring_regex(present, rf"\A(?:{column.pattern})\z")
        yield _true(pc.invert(fits)), f"does not match {column.pattern}"
    if column.values is not None:
        known = _is_listed(values, column)
        yield pc.and_(pc.is_valid(values), pc.invert(known)), f"is none of {_listed(column)}"


def _bound(column: Column, inwards: Callable[[float], int], bound: float) -> pa.Scalar:
    """A bound of the column's own type: an integer is never compared as a rounded float."""
    if column.type != "int":
        return pa.scalar(bound, pa.float64())
    return pa.scalar(max(-WIDEST, min(WIDEST - 1, inwards(bound))), pa.int64())


def _is_listed(values: pa.Array, column: Column) -> pa.Array:
    kind = ARROW_TYPES[column.type]
    if column.type in {"int", "float", "bool"}:
        allowed = pa.array(column.values, kind)
    else:
        names = pa.array([_plain(value) for value in column.values or ()], pa.string())
        allowed = names if pa.types.is_string(kind) else exact_moments(names).drop_null()
    if pa.types.is_string(kind):
        return is_among(values, set(allowed.to_pylist()))
    return pc.is_in(values, allowed)


def _listed(column: Column) -> str:
    names = [_plain(value) for value in column.values or ()]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _any_of(masks: Iterator[pa.Array]) -> pa.Array:
    return reduce(pc.or_, masks)


def _true(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, False)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'ai' else 'a'} {kind}"
