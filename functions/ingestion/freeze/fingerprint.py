"""Rows as 64-bit numbers of their content: the same for ever, on any machine, from any file.

What test rows are hangs on these numbers, so they never change: known values stand in the tests.
Numbers are mixed by the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
"""

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

type Words = npt.NDArray[np.uint64]

LONGEST = 256
WORD = 8
IN_CACHE = 8_192
MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], np.uint64)
EXACT = 2.0**53
NO_SEED = np.uint64(0)


def fingerprint(columns: Mapping[str, pa.Array], seed: int = 0) -> Words:
    """A number for each row, uniform over 64 bits, of its cells and the names they stand under.

    Missing cells count for nothing and columns add up, so that neither the columns' order nor a
    further column that a row does not fill changes the row's number. A whole number up to 2^53 is
    the same as `int` and as `float`. Another `seed` gives other numbers, with other collisions.
    """
    names = {name: np.uint64(_digest(name.encode())) for name in columns}
    total = np.zeros(len(next(iter(columns.values()))), np.uint64)
    for first in range(0, len(total), IN_CACHE):
        part = total[first : first + IN_CACHE]
        for name, column in columns.items():
            cells = column.slice(first, IN_CACHE)
            numbers = mix(hash_cells(cells, np.uint64(seed)) ^ names[name])
            if cells.null_count:
                numbers[np.asarray(pc.is_null(cells))] = 0
            part += numbers
    return mix(total)


def hash_cells(cells: pa.Array, seed: np.uint64 = NO_SEED) -> Words:
    """A number for each cell; what stands for a missing one means nothing."""
    kind = cells.type
    if pa.types.is_fixed_size_binary(kind):
        return _hash_tokens(cells, seed)
    if pa.types.is_string(kind):
        return _hash_texts(cells, seed)
    if pa.types.is_floating(kind):
        return mix(_whole_as_int(_numbers(cells, pa.float64())) ^ seed)
    return mix(_numbers(cells, pa.int64()).view(np.uint64) ^ seed)


def mix(words: Words) -> Words:
    """Spread every bit of each number over all of them, one to one."""
    z = words + np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def _numbers(cells: pa.Array, kind: pa.DataType) -> npt.NDArray[np.generic]:
    return np.asarray(pc.fill_null(pc.cast(cells, kind), 0))


def _whole_as_int(numbers: npt.NDArray[np.generic]) -> Words:
    """The bits of whole numbers as int64 has them, minus zero as zero, and others' own."""
    whole = (np.floor(numbers) == numbers) & (np.abs(numbers) <= EXACT)
    as_int = np.where(whole, numbers, 0).astype(np.int64)
    return np.where(whole, as_int.view(np.uint64), numbers.view(np.uint64))


def _hash_tokens(cells: pa.Array, seed: np.uint64) -> Words:
    """Fixed-size binary, such as pseudonyms, eight bytes at a time; a multiple of eight."""
    width = cells.type.byte_width // WORD
    words = np.frombuffer(cells.buffers()[1], "<u8")
    table = words[cells.offset * width : (cells.offset + len(cells)) * width].reshape(-1, width)
    found = np.full(len(cells), seed)
    for column in table.T:
        found = mix(found ^ column)
    return found


def _hash_texts(cells: pa.Array, seed: np.uint64) -> Words:
    """UTF-8 eight bytes at a time, starting from the length; long cells by BLAKE2b."""
    offsets = np.frombuffer(cells.buffers()[1], np.int32)[cells.offset :][: len(cells) + 1]
    starts, sizes = (offsets[:-1] - offsets[0]).astype(np.int64), np.diff(offsets)
    room = np.frombuffer(cells.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    padded = np.concatenate([room, np.zeros(WORD, np.uint8)])
    words = np.ndarray((len(room) + 1,), "<u8", padded, strides=(1,))
    found = mix(sizes.astype(np.uint64) ^ seed)
    found = mix(found ^ (words[starts] & MASKS[np.minimum(sizes, WORD)]))
    longer = np.flatnonzero((sizes > WORD) & (sizes <= LONGEST))
    done = WORD
    while longer.size:
        left = np.minimum(sizes[longer] - done, WORD)
        found[longer] = mix(found[longer] ^ (words[starts[longer] + done] & MASKS[left]))
        done += WORD
        longer = longer[sizes[longer] > done]
    for row in np.flatnonzero(sizes > LONGEST):
        found[row] = _digest(room[starts[row] : starts[row] + sizes[row]].tobytes())
    return found


def _digest(text: bytes) -> int:
    return int.from_bytes(blake2b(text, digest_size=WORD).digest(), "little")
