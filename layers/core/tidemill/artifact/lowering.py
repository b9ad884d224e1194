"""A graph as the short program that the compiled kernel runs: one operation a line of arithmetic.

Each operation works on slots, which hold a row's numbers; inputs come first. The kernel checks the
program again before it runs it. `layers/native/program.zig` says what each operation does.
"""

import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tidemill.artifact.cells import Category, Cell, Coded, Hot, Number, Places, Text
from tidemill.artifact.forest import Forest
from tidemill.artifact.operations import (
    OPERATION,
    Code,
    Input,
    NotLoweredError,
    Operation,
    Pool,
    Program,
    Table,
)

type Weights = Sequence[Sequence[float]]


class Lowering:
    """A program in the making, over the named inputs."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.operations: list[Operation] = []
        self.readers: list[Input] = []
        self.forests: list[tuple[Any, ...]] = []
        self.texts: dict[int, dict[str, int]] = {}
        self.slots = len(names)
        self._seen: dict[Any, int] = {}

    def take(self, count: int = 1) -> int:
        """The first of so many fresh slots, side by side."""
        self.slots += count
        return self.slots - count

    def emit(self, code: Code, target: int, source: int = 0, **more: Any) -> None:  # noqa: ANN401
        """Append an operation."""
        self.operations.append(Operation(code, target, source, **more))

    def made(
        self, code: Code, source: int, x: float = 0.0, y: float = 0.0, place: int = 0
    ) -> Number:
        """A number made from one or two others; the same one, where it was made before."""
        key = (code, source, struct.pack("<dd", x, y), place)
        if key not in self._seen:
            self._seen[key] = self.take()
            self.emit(code, self._seen[key], source, x=x, y=y, place=place)
        return Number(self._seen[key])

    def apply(
        self,
        code: Code,
        cell: Cell,
        function: Callable[[float], float],
        x: float = 0.0,
        y: float = 0.0,
    ) -> Cell:
        """What an operation on one number makes of a cell; `function` does the same in Python."""
        match cell:
            case Number(slot):
                return self.made(code, slot, x, y)
            case Coded():
                return cell.mapped(function)
            case Hot():
                return cell.coded().mapped(function)
            case _:
                raise NotLoweredError("arithmetic with a category")

    def slot(self, cell: Cell) -> int:
        """Where the cell's number is."""
        match cell:
            case Number(slot):
                return slot
            case Hot():
                return self.slot(cell.coded())
            case Category() | Text():
                raise NotLoweredError("a text as a number")
        key = (cell.source, tuple(cell.known.items()), repr((cell.missing, cell.unknown)))
        if key not in self._seen:
            self._seen[key] = self.take()
            self.look_up(Code.LOOKUP, self._seen[key], cell.source, self.table(cell))
        return self._seen[key]

    def look_up(self, code: Code, target: int, source: int, table: Table, count: int = 1) -> None:
        """Append an operation that reads a table by an input's category."""
        self.emit(code, target, source, table=table, count=count, reads=1)

    def table(self, cell: Coded) -> Table:
        """A coded cell's numbers, and its categories noted."""
        self.learn(cell.source, cell.known)
        return cell.table

    def learn(self, source: int, known: Iterable[str]) -> None:
        """Give codes to the categories of an input."""
        texts = self.texts.setdefault(source, {})
        for text in known:
            texts.setdefault(text, len(texts))

    def weigh(self, cells: Sequence[Cell], weights: Weights) -> int:
        """The first of the weighted sums, one for each row of weights, from left to right."""
        count = len(weights)
        first = self.take(count)
        for k in range(count):
            self.emit(Code.CONSTANT, first + k)
        place = 0
        while place < len(cells):
            place = self._weigh(first, cells, place, weights)
        return first

    def _weigh(self, first: int, cells: Sequence[Cell], place: int, weights: Weights) -> int:
        """Add one cell, or all places of one category; the place of the next cell."""
        match cells[place]:
            case Number(slot):
                own = [float(row[place]) for row in weights]
                self.emit(Code.WEIGH, first, slot, count=len(weights), table=lambda _: own)
            case Coded() as cell:
                self._weigh_coded(first, [cell.mapped(_times(row[place])) for row in weights])
            case Hot(places):
                found = _run(places, cells, place)
                self._weigh_coded(first, [places.coded(_share(found, row)) for row in weights])
                return place + len(found)
            case _:
                raise NotLoweredError("a text has no weight")
        return place + 1

    def _weigh_coded(self, first: int, rows: list[Coded]) -> None:
        source = rows[0].source
        tables = [self.table(row) for row in rows]

        def table(vocabulary: dict[str, int]) -> list[float]:
            columns = [own(vocabulary) for own in tables]
            return [value for values in zip(*columns, strict=True) for value in values]

        self.look_up(Code.WEIGH_LOOKUP, first, source, table, len(rows))

    def grow(self, forest: Forest, cells: Sequence[Cell], first: int) -> None:
        """Add a forest's leaves to the numbers from `first` on."""
        slots = array("I", [self.slot(cell) for cell in cells])
        parts = forest.nodes, forest.starts, forest.sets, forest.values, slots, forest.outputs
        self.emit(Code.FOREST, first, count=forest.outputs, place=len(self.forests))
        self.forests.append(parts)

    def finish(self, first: int, winner: int) -> Program:
        """The program whose outputs begin at `first`."""
        pool = Pool()
        records = bytearray()
        for op in self.operations:
            place = op.place
            if op.table is not None:
                place = pool.place(op.table(self.texts[op.source] if op.reads else {}))
            records += OPERATION.pack(op.code, op.count, op.target, op.source, place, op.x, op.y)
        return Program(
            operations=bytes(records),
            numbers=pool.numbers.tobytes(),
            slots=self.slots,
            inputs=tuple(self.readers),
            forests=tuple(self.forests),
            first=first,
            winner=winner,
        )


def _run(places: Places, cells: Sequence[Cell], first: int) -> dict[int | None, int]:
    """Where the places of one category stand side by side, from a cell on."""
    found: dict[int | None, int] = {}
    for k, cell in enumerate(cells[first:], first):
        if not isinstance(cell, Hot) or cell.places is not places or cell.place in found:
            break
        found[cell.place] = k
    return found


def _share(found: dict[int | None, int], row: Sequence[float]) -> Callable[[int | None], float]:
    return lambda place: float(row[found[place]]) if place in found else 0.0


def _times(weight: float) -> Callable[[float], float]:
    return lambda value: weight * value
