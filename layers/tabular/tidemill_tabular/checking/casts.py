"""Texts to typed values, null where a text is not of the type.

`exact_*` define each type, one rule after the other. What stands before them is faster on the
texts that files really hold, and gives the same values.
"""

import pyarrow as pa
import pyarrow.compute as pc

from tidemill_tabular.checking.attempts import Cast, UnsureError, cast_in_steps
from tidemill_tabular.checking.moments import MOMENT, exact_moments, fast_moments, is_uncertain
from tidemill_tabular.checking.texts import bytes_of, cells_with, look

ARROW_TYPES: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.string(),
    "text": pa.string(),
    "id": pa.string(),
    "timestamp": MOMENT,
}
INTEGER = r"\A[+-]?[0-9]+\z"
WHOLE = r"\A[+-]?([0-9]+\.0*|\.0+)\z"
NUMBER = r"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
TRUE, FALSE = frozenset({"true", "t", "yes", "y", "1"}), frozenset({"false", "f", "no", "n", "0"})
LARGEST, SAFE = 2**63, 2**53
SHORT = 16
DIGITS = 18


def exact_ints(present: pa.Array) -> pa.Array:
    """Whole numbers of 64 bits; as `7.0`, which may have been rounded, up to 2^53 only."""
    plain, dotted = (pc.match_substring_regex(present, rule) for rule in (INTEGER, WHOLE))
    bare = pc.ascii_rtrim(pc.ascii_rtrim(_only(present, dotted), "0"), ".")
    bare = pc.if_else(pc.equal(pc.ascii_ltrim(bare, "+-"), ""), "0", bare)
    digits = pc.if_else(plain, present, bare)
    digits = pc.ascii_ltrim(digits, "+")
    long = pc.fill_null(pc.greater(pc.binary_length(digits), DIGITS), False)
    values = pc.cast(_only(digits, pc.invert(long)), pa.int64())
    wide = [number if -LARGEST <= number < LARGEST else None for number in _ints(digits, long)]
    values = pc.replace_with_mask(values, long, pa.array(wide, pa.int64()))
    unsafe = pc.or_(pc.greater(values, SAFE), pc.less(values, -SAFE))
    return _only(values, pc.invert(pc.and_(dotted, unsafe)))


def exact_floats(present: pa.Array) -> pa.Array:
    """Decimal numbers that a double holds: what overflows to infinity is none."""
    fits = pc.match_substring_regex(present, NUMBER)
    values = pc.cast(_only(present, fits), pa.float64())
    return _only(values, pc.is_finite(values))


def cast_bools(present: pa.Array) -> pa.Array:
    encoded = pc.dictionary_encode(present)
    lower = pc.utf8_lower(encoded.dictionary).to_pylist()
    known = [True if text in TRUE else False if text in FALSE else None for text in lower]
    return pa.array(known, pa.bool_()).take(encoded.indices)


def cast_ints(present: pa.Array) -> pa.Array:
    return cast_in_steps(present, _fast_ints, exact_ints, _has_odd_length_or_bytes)


def cast_floats(present: pa.Array) -> pa.Array:
    return cast_in_steps(present, _fast_floats, exact_floats, _has_odd_bytes)


def cast_moments(present: pa.Array) -> pa.Array:
    return cast_in_steps(present, fast_moments, exact_moments, _has_odd_bytes, is_uncertain)


def _fast_ints(present: pa.Array) -> pa.Array:
    highest, dotted = look(present)
    if highest > ord("9"):
        raise UnsureError("Arrow reads 0x10, and 1e3 as a float")
    if not dotted:
        return pc.cast(present, pa.int64())
    if _any(pc.greater(pc.binary_length(present), SHORT)):
        raise UnsureError("more digits than a double tells apart")
    # A decimal of 15 digits is the double of no other: that it is whole shows in the value.
    floats = pc.cast(present, pa.float64())
    whole = _only(floats, pc.equal(floats, pc.trunc(floats)))
    return pc.cast(whole, pa.int64())


def _fast_floats(present: pa.Array) -> pa.Array:
    values = pc.cast(present, pa.float64())
    finite = pc.is_finite(values)
    return values if pc.all(finite).as_py() is not False else _only(values, finite)


def _has_odd_bytes(present: pa.Array) -> pa.Array:
    """Cells with other bytes than those from + to :, and the two letters of a timestamp."""
    data = bytes_of(present)
    odd = ((data < ord("+")) & (data != ord(" "))) | (data > ord(":"))
    return cells_with(present, odd & (data != ord("T")) & (data != ord("Z")))


def _has_odd_length_or_bytes(present: pa.Array) -> pa.Array:
    long = pc.fill_null(pc.greater(pc.binary_length(present), SHORT), False)
    return pc.or_(_has_odd_bytes(present), long)


def _ints(digits: pa.Array, mask: pa.Array) -> list[int]:
    return [int(text) if len(text) < 4000 else LARGEST for text in digits.filter(mask).to_pylist()]


def _only(values: pa.Array, mask: pa.Array) -> pa.Array:
    return pc.if_else(mask, values, pa.scalar(None, values.type))


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


CASTS: dict[str, Cast] = {
    "int": cast_ints,
    "float": cast_floats,
    "bool": cast_bools,
    "category": lambda present: present,
    "text": lambda present: present,
    "id": lambda present: present,
    "timestamp": cast_moments,
}
