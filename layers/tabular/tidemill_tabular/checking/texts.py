"""Looks at the bytes of text cells: what a whole block can be spared is told from a glance."""

from collections.abc import Set as AbstractSet

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NUL = "\0"


def bytes_of(cells: pa.Array) -> np.ndarray:
    """The bytes of all cells in a row, without a copy."""
    _, offsets, data = cells.buffers()
    if data is None or not len(cells):
        return np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32)
    begin, end = ends[cells.offset], ends[cells.offset + len(cells)]
    return np.frombuffer(data, np.uint8)[begin:end]


def is_bare(cells: pa.Array) -> bool:
    """Whether all bytes are visible ASCII, so that there can be no white space to trim."""
    data = bytes_of(cells)
    return not data.size or bool(data.min() > 0x20 and data.max() < 0x7F)


def is_ascii(cells: pa.Array) -> bool:
    """Whether each character is a byte."""
    data = bytes_of(cells)
    return not data.size or bool(data.max() < 0x80)


def has_nul(cells: pa.Array) -> bool:
    data = bytes_of(cells)
    return bool(data.size and not data.min())


def look(cells: pa.Array) -> tuple[int, bool]:
    """The highest byte, and whether any is a dot."""
    data = bytes_of(cells)
    return (int(data.max()), bool((data == ord(".")).any())) if data.size else (0, False)


def cells_with(cells: pa.Array, odd: np.ndarray) -> pa.Array:
    """A mask of the cells that hold a byte marked in `odd`, a mask over `bytes_of(cells)`."""
    found = np.zeros(len(cells), bool)
    places = np.flatnonzero(odd)
    if places.size:
        ends = np.frombuffer(cells.buffers()[1], np.int32)
        ends = ends[cells.offset : cells.offset + len(cells) + 1]
        found[np.searchsorted(ends, places + ends[0], side="right") - 1] = True
    return pa.array(found)


def without(cells: pa.Array, mask: pa.Array) -> pa.Array:
    """The same cells, null where the mask says so, and with the bytes of those gone too."""
    if pc.any(mask).as_py():
        return pc.replace_with_mask(cells, mask, pa.scalar(None, cells.type))
    return cells


def is_among(cells: pa.Array, allowed: AbstractSet[str]) -> pa.Array:
    """Whether each cell is one of many texts, looked up once for each distinct cell."""
    encoded = pc.dictionary_encode(cells)
    known = pa.array([text in allowed for text in encoded.dictionary.to_pylist()], pa.bool_())
    return pc.fill_null(known.take(encoded.indices), False)
