"""Whole columns to the hashes and sketches of `tidemill.profile`, value by value the same."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from tidemill.profile.hashes import FIRST, LONG, SECOND, SEED, WORD
from tidemill.profile.keeping import MOST_EXACT
from tidemill.profile.sketch import FEW, RANK_BITS, REGISTERS, Sketch

type Words = np.ndarray[tuple[int], np.dtype[np.uint64]]

MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], np.uint64)
HEAD = 1_024
RANK_MASK = np.uint64((1 << RANK_BITS) - 1)


def hash_numbers(values: np.ndarray) -> Words:
    """As `hash_number` of each double."""
    return _mix((values + 0.0).view(np.uint64) ^ np.uint64(SEED))


def hash_integers(values: np.ndarray) -> Words:
    """As `hash_integer` of each 64-bit integer."""
    return _mix(values.view(np.uint64) ^ np.uint64(SEED))


def hash_texts(cells: pa.Array) -> Words:
    """As `hash_text` of each text; there is no null among them."""
    _, offsets, data = cells.buffers()
    if data is None or not len(cells):
        return _mix(np.full(len(cells), SEED, np.uint64))
    ends = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    text = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    starts, lengths = (ends[:-1] - ends[0]).astype(np.int64), np.diff(ends).astype(np.int64)
    # A word may be read from any byte on, and beyond the end of the last text.
    padded = np.concatenate([text, np.zeros(WORD, np.uint8)])
    words = np.ndarray((len(text) + 1,), "<u8", padded, 0, (1,))
    state = _mix(lengths.view(np.uint64) ^ np.uint64(SEED))
    long = np.flatnonzero(lengths > LONG)
    for place in long:
        start = starts[place]
        digest = blake2b(text[start : start + lengths[place]], digest_size=WORD).digest()
        state[place] ^= np.uint64(int.from_bytes(digest, "little"))
    state[long] = _mix(state[long])
    lengths[long] = 0
    return _absorb(state, words, starts, lengths)


def hash_tokens(cells: pa.Array) -> Words:
    """Of pseudonyms, 16 bytes that are random already, as `hash_integer` of the first eight."""
    width = cells.type.byte_width
    data = np.frombuffer(cells.buffers()[1], np.uint8)
    table = data[cells.offset * width : (cells.offset + len(cells)) * width].reshape(-1, width)
    return hash_integers(np.ascontiguousarray(table[:, :WORD]).view("<i8").ravel())


@dataclass(frozen=True)
class Found:
    """Where each of a few different hashes stands, and how often it does."""

    places: np.ndarray
    counts: np.ndarray


def find_few(hashes: Words) -> Found | None:
    """The different hashes, None where they are more than 256.

    Each falls in one of 16,384 registers, where the last one stands for all; the few that share a
    register with another are sorted.
    """
    registers = _registers_of(hashes)
    if np.unique(registers[:HEAD]).size > MOST_EXACT:
        return None
    last = np.full(REGISTERS, -1, np.int64)
    last[registers] = np.arange(len(registers))
    shown = last[last >= 0]
    if shown.size > MOST_EXACT:
        return None
    hidden = np.flatnonzero(hashes[last[registers]] != hashes)
    _, more, times = np.unique(hashes[hidden], return_index=True, return_counts=True)
    if shown.size + more.size > MOST_EXACT:
        return None
    counts = np.bincount(registers, minlength=REGISTERS)
    counts -= np.bincount(registers[hidden], minlength=REGISTERS)
    places = np.concatenate([shown, hidden[more]])
    return Found(places, np.concatenate([counts[last >= 0], times]))


def sketch_of(hashes: Words, found: Found | None) -> Sketch:
    """As `Sketch.of` them, with what `find_few` found."""
    if found and len(found.places) <= FEW:
        return Sketch(frozenset(hashes[found.places].tolist()))
    # Below 2^53, a double's exponent tells the number of bits.
    low = (hashes & RANK_MASK).view(np.int64).astype(np.float64)
    ranks = (RANK_BITS + 1 - np.frexp(low)[1]).astype(np.uint8)
    registers = np.zeros(REGISTERS, np.uint8)
    np.maximum.at(registers, _registers_of(hashes), ranks)
    return Sketch(registers=int.from_bytes(registers.tobytes(), "little"))


def _registers_of(hashes: Words) -> np.ndarray:
    return (hashes >> np.uint64(RANK_BITS)).astype(np.intp)


def _absorb(state: Words, words: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> Words:
    """Mix in the texts' words, one of each at a time, while there is one of any."""
    rows = np.flatnonzero(lengths)
    left, at, some = lengths[rows], starts[rows], state[rows]
    while rows.size:
        some = _mix(some ^ (words[at] & MASKS[np.minimum(left, WORD)]))
        left, at = left - WORD, at + WORD
        more = np.flatnonzero(left > 0)
        if more.size < rows.size:
            state[rows] = some
            rows, left, at, some = rows[more], left[more], at[more], some[more]
    return state


def _mix(words: np.ndarray) -> Words:
    words = words ^ (words >> np.uint64(30))
    words *= np.uint64(FIRST)
    words ^= words >> np.uint64(27)
    words *= np.uint64(SECOND)
    words ^= words >> np.uint64(31)
    return words
