"""Fast casts for what files mostly hold, exact ones for the few cells they are unsure of."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from tidemill_tabular.checking.texts import without

HEAD = 64

type Cast = Callable[[pa.Array], pa.Array]


class UnsureError(Exception):
    """Some text is not what a fast cast is sure of."""


def cast_in_steps(present: pa.Array, fast: Cast, exact: Cast, *suspicions: Cast) -> pa.Array:
    """Cast fast; where that is unsure, with the suspicious cells apart; at last exactly."""
    values = _try(fast, present)
    if values is not None:
        return values
    for suspicion in suspicions:
        odd = suspicion(present)
        values = _try(fast, without(present, odd))
        if values is not None:
            return pc.replace_with_mask(values, odd, exact(present.filter(odd)))
    return exact(present)


def _try(fast: Cast, present: pa.Array) -> pa.Array | None:
    """None where the fast way is unsure.

    Each text that Arrow fails on costs it a microsecond: it meets a few before it meets all.
    """
    try:
        fast(present[:HEAD])
        return fast(present)
    except (pa.ArrowInvalid, UnsureError):
        return None
