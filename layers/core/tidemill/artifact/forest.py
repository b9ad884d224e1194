"""Trees in the layout that the compiled kernel walks, walked here in pure Python.

A node is 16 bytes: a 64-bit float, the left child (the right one is beside it), the feature, and
flags. A leaf points to itself, asks for the feature after the last and holds its number, or its
place among the forest's rows of values. A split holds its threshold, which belongs to the left,
or the place of a set of 256 bits: the codes that go left.
"""

from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Self

from tidemill.errors import ArtifactError

NODE_BYTES = 16
SET_WORDS = 8
MISSING_LEFT = 1
CODED = 2


class Parts(NamedTuple):
    """Nodes three times: as words, in which the left child is, as halves of them, and as floats."""

    lefts: memoryview
    halves: memoryview
    values: "memoryview[float]"


class Forest(NamedTuple):
    """The trees of a model; `outputs` is how many numbers they add to."""

    nodes: memoryview
    starts: memoryview
    sets: memoryview
    values: "memoryview[Any]"
    outputs: int
    width: int

    @classmethod
    def read(cls, spec: dict[str, Any], width: int) -> Self:
        """The forest of a spec, for rows of `width` cells; its nodes are not looked at yet."""
        nodes, starts, sets, values = (
            typed(spec[name], code)
            for name, code in (("nodes", "B"), ("starts", "I"), ("sets", "I"), ("values", "d"))
        )
        outputs = spec["outputs"]
        if type(outputs) is not int or not 0 < outputs < 2**16 or not 0 < width < 2**16:
            raise ArtifactError("a forest has no outputs, or too wide a row")
        if len(nodes) % NODE_BYTES or len(sets) % SET_WORDS or len(values) % outputs:
            raise ArtifactError("a forest's nodes, sets or values are cut short")
        forest = cls(nodes, starts, sets, values, outputs, width)
        forest._check_starts()
        return forest

    @property
    def trees(self) -> int:
        """How many there are."""
        return len(self.starts) - 1

    def check(self) -> None:
        """Whether every walk ends inside its tree, as the kernel checks too; or ArtifactError."""
        lefts, halves, values = self.parts()
        leaves, sets = len(self.values) // self.outputs, len(self.sets) // SET_WORDS
        for start, end in pairwise(self.starts):
            for place in range(start, end):
                left, value = lefts[4 * place + 2], values[2 * place]
                feature, flags = halves[8 * place + 6], halves[8 * place + 7]
                leaf = left == place
                of = (leaves if leaf else sets) if flags & CODED or (leaf and leaves) else 0
                sound = (
                    feature == self.width and not flags
                    if leaf
                    else place < left < end - 1 and feature < self.width and flags <= 3
                )
                if not sound or abs(value) == float("inf") or value != value:
                    raise ArtifactError(f"node {place} of a forest points outside it")
                if (of or flags & CODED) and not (0 <= value < of and value == int(value)):
                    raise ArtifactError(f"node {place} of a forest has no values or no set")

    def add(self, cells: Sequence[float], totals: list[float]) -> None:
        """Add every tree's leaf to the totals, tree after tree."""
        parts = self.parts()
        own, count = self.values, self.outputs
        for tree, start in enumerate(self.starts[:-1]):
            leaf = start
            while (to := self.step(leaf, cells, parts)) != leaf:
                leaf = to
            if not len(own):
                totals[tree % count] += parts.values[2 * leaf]
                continue
            place = int(parts.values[2 * leaf]) * count
            for k in range(count):
                totals[k] += own[place + k]

    def thresholds(self) -> set[float]:
        """The numbers that splits compare with."""
        lefts, halves, values = self.parts()
        return {
            values[2 * place]
            for place in range(len(self.nodes) // NODE_BYTES)
            if lefts[4 * place + 2] != place and not halves[8 * place + 7] & CODED
        }

    def parts(self) -> Parts:
        """The nodes' numbers, as `step` wants them."""
        return Parts(self.nodes.cast("I"), self.nodes.cast("H"), self.nodes.cast("d"))

    def step(self, at: int, cells: Sequence[float], parts: Parts) -> int:
        """Where a row goes from a node, from a leaf nowhere; NaN and codes below 0 are missing."""
        left = parts.lefts[4 * at + 2]
        if left == at:
            return at
        cell, flags = cells[parts.halves[8 * at + 6]], parts.halves[8 * at + 7]
        if cell != cell or (flags & CODED and cell < 0):
            return left + (not flags & MISSING_LEFT)
        if flags & CODED:
            return left + (not self._holds(int(parts.values[2 * at]), cell))
        return left + (cell > parts.values[2 * at])

    def _holds(self, place: int, code: float) -> bool:
        if code >= SET_WORDS * 32 or code != int(code):
            return False
        word = self.sets[place * SET_WORDS + int(code) // 32]
        return bool(word >> int(code) % 32 & 1)

    def _check_starts(self) -> None:
        starts = self.starts
        if len(starts) < 2 or starts[0] != 0 or starts[-1] * NODE_BYTES != len(self.nodes):
            raise ArtifactError("a forest's trees do not fill its nodes")
        if any(a >= b for a, b in pairwise(starts)):
            raise ArtifactError("a forest has an empty tree")
        if not len(self.values) and self.trees % self.outputs:
            raise ArtifactError("a forest has not one tree per output in each round")


def typed(numbers: Sequence[Any] | memoryview, code: str) -> memoryview:
    """The numbers as a view of one type."""
    if isinstance(numbers, memoryview) and numbers.format == code:
        return numbers
    return memoryview(array(code, list(numbers)))
