"""What the compiled kernel runs: operations over slots, which hold a row's numbers.

`layers/native/program.zig` says what each operation does.
"""

import struct
from array import array
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

OPERATION = struct.Struct("<HHIIIdd")

type Table = Callable[[dict[str, int]], Sequence[float]]


class NotLoweredError(Exception):
    """A graph holds what the kernel cannot do; the pure-Python evaluator can."""


class Code(IntEnum):
    """What an operation does."""

    CONSTANT = 0
    FILL = 1
    MISSING = 2
    SCALE = 3
    CLIP = 4
    MULTIPLY = 5
    LOOKUP = 6
    SINGLE = 7
    ADD = 8
    TIMES = 9
    OVER = 10
    ACCUMULATE = 11
    WEIGH = 12
    WEIGH_LOOKUP = 13
    FOREST = 14
    EXPONENTIAL = 15
    LOGISTIC = 16
    SOFTMAX = 17
    GREATEST = 18
    CALENDAR = 19
    LOGARITHM = 20
    AT_LEAST = 21
    AT_MOST = 22
    ALONG = 23
    REACHES = 24
    SHARES = 25


class Operation(NamedTuple):
    """One step; with a `table`, `place` is where its numbers are put in the end."""

    code: Code
    target: int
    source: int = 0
    place: int = 0
    x: float = 0.0
    y: float = 0.0
    count: int = 0  # type: ignore[assignment] # a tuple's own method, which nobody calls
    table: Table | None = None
    reads: int = 0


class Input(NamedTuple):
    """What the kernel reads of a row's field, and into which slots.

    A category has the codes of its `vocabulary`; a `reader` makes numbers of what else is no
    number.
    """

    name: str
    slot: int
    width: int = 1
    vocabulary: dict[str, int] | None = None
    reader: Callable[[Any], Any] | None = None
    is_text: bool = False


class Program(NamedTuple):
    """What a kernel is made from."""

    operations: bytes
    numbers: bytes
    slots: int
    inputs: tuple[Input, ...]
    forests: tuple[tuple[Any, ...], ...]
    first: int
    winner: int


class Pool:
    """Tables, each kept once."""

    def __init__(self) -> None:
        self.numbers = array("d")
        self._places: dict[bytes, int] = {}

    def place(self, table: Sequence[float]) -> int:
        numbers = array("d", table)
        key = numbers.tobytes()
        if key not in self._places:
            self._places[key] = len(self.numbers)
            self.numbers += numbers
        return self._places[key]
