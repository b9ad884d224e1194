"""Timestamps: ISO 8601 in any mixture of its usual layouts, in UTC."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.moments import read_moment
from tidemill_tabular.checking.attempts import HEAD, UnsureError

MOMENT = pa.timestamp("us", tz="UTC")
CERTAIN = (
    r"\A[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"([T ]([01][0-9]|2[0-3])(:[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?)?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?\z"
)
FIRST, LAST = (
    pa.scalar(datetime(1, 1, 1, tzinfo=UTC), MOMENT),
    pa.scalar(datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), MOMENT),
)
DATE_LENGTH, OFFSET_LENGTH = 10, 6


def exact_moments(present: pa.Array) -> pa.Array:
    """ISO 8601, cut to microseconds; UTC without an offset."""
    return pa.array(
        [None if text is None else read_moment(text) for text in present.to_pylist()], MOMENT
    )


def fast_moments(present: pa.Array) -> pa.Array:
    values = _cast_moments_alike(present)
    extremes = pc.min_max(values)
    if extremes["min"].is_valid and (
        extremes["min"].value < FIRST.value or extremes["max"].value > LAST.value
    ):
        raise UnsureError("a year beyond those of the calendar")
    return values


def _cast_moments_alike(present: pa.Array) -> pa.Array:
    local = pa.timestamp("us")
    for kind in (local, MOMENT):
        try:
            pc.cast(present[:HEAD], kind)
            return pc.cast(pc.cast(present, kind), MOMENT)
        except pa.ArrowInvalid:
            continue
    mark = pc.utf8_slice_codeunits(present, -OFFSET_LENGTH, -OFFSET_LENGTH + 1)
    signed = pc.or_(pc.equal(mark, "+"), pc.equal(mark, "-"))
    long = pc.greater(pc.binary_length(present), DATE_LENGTH)
    zoned = pc.or_(pc.ends_with(present, "Z"), pc.and_(signed, long))
    universal = pc.cast(_only(present, zoned), MOMENT)
    return pc.coalesce(universal, pc.cast(pc.cast(_only(present, pc.invert(zoned)), local), MOMENT))


def is_uncertain(present: pa.Array) -> pa.Array:
    """Cells that a pattern of all usual dates, but 29 February, does not know."""
    return pc.invert(pc.fill_null(pc.match_substring_regex(present, CERTAIN), True))


def _only(values: pa.Array, mask: pa.Array) -> pa.Array:
    return pc.if_else(mask, values, pa.scalar(None, values.type))
