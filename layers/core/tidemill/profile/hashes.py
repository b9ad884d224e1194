"""64-bit hashes of values, the same on every machine and in every version.

Each is mixed by the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014). Ingestion has
the same functions over whole columns.
"""

import struct
from hashlib import blake2b

WORD = 8
LONG = 128
SEED = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
MASK = (1 << 64) - 1


def mix(word: int) -> int:
    """A permutation of the 64-bit numbers in which each bit depends on all."""
    word = ((word ^ (word >> 30)) * FIRST) & MASK
    word = ((word ^ (word >> 27)) * SECOND) & MASK
    return word ^ (word >> 31)


def hash_number(value: float) -> int:
    """Of the bits of the double; -0 is 0."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", value + 0.0))
    return mix(bits ^ SEED)


def hash_integer(value: int) -> int:
    """Of a 64-bit integer that is no number to calculate with, such as a moment."""
    return mix((value & MASK) ^ SEED)


def hash_text(text: str) -> int:
    """Of its UTF-8 bytes, a word at a time; of their BLAKE2b digest where they are many."""
    return hash_bytes(text.encode("utf-8", "surrogatepass"))


def hash_bytes(data: bytes) -> int:
    """As `hash_text` does it, of any bytes."""
    state = mix(len(data) ^ SEED)
    if len(data) > LONG:
        data = blake2b(data, digest_size=WORD).digest()
    for place in range(0, len(data), WORD):
        state = mix(state ^ int.from_bytes(data[place : place + WORD], "little"))
    return state
