"""64-bit hashes of Arrow arrays, vectorised: equal values of a type have equal hashes, anywhere.

Texts are hashed by XXH3; words are mixed by the finaliser of splitmix64 (Steele, Lea and Flood,
OOPSLA 2014).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidemill_native.texts import hash_texts

type Words = np.ndarray[tuple[int], np.dtype[np.uint64]]
WORD = 8
NULL = np.uint64(0x6A09E667F3BCC909)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mix(words: Words) -> Words:
    """splitmix64's finaliser: every bit of a word changes half the bits of its hash."""
    words = (words ^ (words >> np.uint64(30))) * FIRST
    words = (words ^ (words >> np.uint64(27))) * SECOND
    return words ^ (words >> np.uint64(31))


def hash_values(values: pa.Array, seed: int = 0) -> Words:
    """One hash a value, null included; `values` are texts, tokens, numbers, booleans or moments."""
    start = np.uint64(seed)
    kind = values.type
    if pa.types.is_fixed_size_binary(kind):
        hashes = _of_words(_fixed(values), start)
    elif pa.types.is_string(kind):
        hashes = np.frombuffer(hash_texts(values, seed), dtype=np.uint64)
    else:
        hashes = mix(_bits(values) + start)
    if values.null_count:
        hashes[pc.is_null(values).to_numpy(zero_copy_only=False)] = NULL
    return hashes


def _bits(values: pa.Array) -> Words:
    if pa.types.is_floating(values.type):
        numbers = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False) + 0.0  # -0.0 is 0.0
        return np.ascontiguousarray(numbers, dtype=np.float64).view(np.uint64)
    integers = pc.fill_null(pc.cast(values, pa.int64()), 0).to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(integers).view(np.uint64)


def _fixed(values: pa.Array) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    width = values.type.byte_width
    raw = np.frombuffer(values.buffers()[1], dtype=np.uint8)
    inside = raw[values.offset * width : (values.offset + len(values)) * width]
    return np.ascontiguousarray(inside).view(np.uint64).reshape(len(values), width // WORD)


def _of_words(words: np.ndarray[tuple[int, int], np.dtype[np.uint64]], start: np.uint64) -> Words:
    hashes = np.full(len(words), start, dtype=np.uint64)
    for column in words.T:
        hashes = mix(hashes ^ column) + start
    return hashes
