"""Columns as they come, as numbers or as labels."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

ANSWER = "_prediction"


def as_numbers(column: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.float64]:
    """Doubles, with NaN where there is none."""
    numbers = pc.cast(column, pa.float64(), safe=False)
    found: npt.NDArray[np.float64] = (
        numbers.to_numpy(zero_copy_only=False)
        if isinstance(numbers, pa.Array)
        else numbers.to_numpy()
    )
    return found


def as_texts(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Texts; a truth is `true` or `false`."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_decode()
    return whole if pa.types.is_string(whole.type) else pc.cast(whole, pa.string())
