"""How many different values there are, in 16 kB and in any order of parts.

HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) with 2^14 registers, read by Ertl's
improved raw estimator (New cardinality estimation algorithms for HyperLogLog sketches, 2017,
algorithm 6): a standard error of 0.8 % at any size. Up to 256 values are counted exactly.
"""

import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

PRECISION = 14
REGISTERS = 1 << PRECISION
RANK_BITS = 64 - PRECISION
FEW = 256
_HIGH = int.from_bytes(b"\x80" * REGISTERS, "little")
_MANY, _SOME = "hll:", "set:"


@dataclass(frozen=True, slots=True)
class Sketch:
    """The hashes that were seen: themselves while they are few, then a register for each group."""

    hashes: frozenset[int] = frozenset()
    # A byte for each register, the first one lowest: one number is merged in a few operations.
    registers: int = 0

    @classmethod
    def of(cls, hashes: Iterable[int]) -> Self:
        """Of 64-bit hashes, as `tidemill.profile.hashes` makes them."""
        seen = frozenset(hashes)
        return cls(seen) if len(seen) <= FEW else cls(registers=_raise(0, seen))

    def merge(self, other: Self) -> Self:
        """Of what either has seen."""
        if not self.registers and not other.registers:
            return type(self).of(self.hashes | other.hashes)
        if self.registers and other.registers:
            return type(self)(registers=_highest(self.registers, other.registers))
        hashes, registers = self.hashes or other.hashes, self.registers or other.registers
        return type(self)(registers=_raise(registers, hashes))

    @property
    def estimate(self) -> int:
        """The number of different hashes."""
        return round(_estimate(_bytes(self.registers))) if self.registers else len(self.hashes)

    def encode(self) -> str:
        """As text for a document."""
        if self.registers:
            return _MANY + b64encode(zlib.compress(_bytes(self.registers))).decode()
        words = b"".join(word.to_bytes(8, "little") for word in sorted(self.hashes))
        return _SOME + b64encode(words).decode() if words else ""

    @classmethod
    def decode(cls, text: str) -> Self:
        """The sketch that was encoded; ValueError where the text is none."""
        kind, data = text[: len(_MANY)], b64decode(text[len(_MANY) :], validate=True)
        if kind == _MANY:
            registers = _unpack(data)
            if len(registers) != REGISTERS or max(registers) > RANK_BITS + 1:
                raise ValueError("a sketch has 16,384 registers of at most 51")
            return cls(registers=int.from_bytes(registers, "little"))
        if text and (kind != _SOME or len(data) % 8):
            raise ValueError("a sketch starts with hll: or set:")
        words = (data[place : place + 8] for place in range(0, len(data), 8))
        return cls(frozenset(int.from_bytes(word, "little") for word in words))


def _unpack(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, REGISTERS + 1)
    except zlib.error as fault:
        raise ValueError(f"a sketch that cannot be unpacked: {fault}") from fault


def _raise(registers: int, hashes: Iterable[int]) -> int:
    raised = bytearray(_bytes(registers))
    for word in hashes:
        place = word >> RANK_BITS
        rank = RANK_BITS + 1 - (word & ((1 << RANK_BITS) - 1)).bit_length()
        raised[place] = max(raised[place], rank)
    return int.from_bytes(raised, "little")


def _highest(a: int, b: int) -> int:
    """The larger of each two bytes, which are below 128."""
    not_less = ((a | _HIGH) - b) & _HIGH
    chosen = not_less - (not_less >> 7)
    return b ^ ((a ^ b) & chosen)


def _bytes(registers: int) -> bytes:
    return registers.to_bytes(REGISTERS, "little")


def _estimate(registers: bytes) -> float:
    counts = [registers.count(rank) for rank in range(max(registers) + 1)]
    counts += [0] * (RANK_BITS + 2 - len(counts))
    indicator = REGISTERS * _tau(1 - counts[-1] / REGISTERS)
    for count in counts[-2:0:-1]:
        indicator = (indicator + count) / 2
    indicator += REGISTERS * _sigma(counts[0] / REGISTERS)
    return REGISTERS * REGISTERS / (2 * math.log(2) * indicator)


def _sigma(x: float) -> float:
    power, total, last = 1.0, x, -1.0
    while total != last:
        x, last = x * x, total
        total += x * power
        power *= 2
    return total


def _tau(x: float) -> float:
    power, total, last = 1.0, 1 - x, -1.0
    while total != last:
        x, last = math.sqrt(x), total
        power /= 2
        total -= (1 - x) ** 2 * power
    return total / 3
