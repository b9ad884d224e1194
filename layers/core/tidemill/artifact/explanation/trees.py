"""What each feature adds to the sum of a forest's leaves: exact Shapley values.

A feature that is not known is averaged out by the training rows that went either way, as
path-dependent TreeSHAP does (Lundberg et al., "From local explanations to global understanding
with explainable AI for trees", 2020). `layers/native/explain.zig` does the same, faster.
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tidemill.artifact.explanation.quadrature import points
from tidemill.artifact.forest import NODE_BYTES, Forest
from tidemill.errors import ArtifactError, NotExplainableError

CLASSES = (4, 8, 16, 32, 64)
MOST_DEPTH = 128
PYTHON_EFFORT = 100
TOO_DEEP = f"a tree is deeper than {MOST_DEPTH} splits"

type Path = dict[int, tuple[float, float]]


class Trees(Protocol):
    """A forest that can be explained; `work` is about how many nodes a row goes through."""

    @property
    def work(self) -> int: ...

    def base(self, output: int) -> float:
        """What the trees add to an output, on the average of the training rows."""

    def explain(self, cells: Sequence[float], output: int) -> Sequence[float]:
        """What each cell adds to that for an output; with the base, the sum of the leaves."""


class Kernel(Protocol):
    """A forest that the compiled kernel explains."""

    def work(self) -> int: ...
    def base(self, output: int, /) -> float: ...
    def explain(self, cells: Any, output: int, gains: Any, /) -> None: ...  # noqa: ANN401 - buffers


def read(spec: dict[str, Any], forest: Forest, *, compiled: bool) -> Trees:
    """The trees of a forest; what is `compiled` needs the library.

    NotExplainableError: a tree is too deep, or rows were not counted. ArtifactError: the counts do
    not fit the nodes.
    """
    if "cover" not in spec:
        raise NotExplainableError("its trees do not say where training rows went: train it again")
    cover = array("d", spec["cover"])
    if not compiled:
        return PlainTrees(forest, cover)
    from tidemill_native import scoring  # noqa: PLC0415 - there need be none

    parts = forest.nodes, forest.starts, forest.sets, forest.values, cover
    try:
        return CompiledTrees(
            scoring.Explainer(*parts, forest.width, forest.outputs, _classes()), forest.width
        )
    except ValueError as error:
        if str(error) == "TreeTooDeep":
            raise NotExplainableError(TOO_DEEP) from error
        raise ArtifactError(f"a forest cannot be explained: {error}") from error


def _classes() -> tuple[array[float], ...]:
    """The points that the kernel may use; then, of each number of them, the weights."""
    return tuple(
        array("d", (x for own in zip(*points(n), strict=True) for x in own)) for n in CLASSES
    )


@dataclass(frozen=True, slots=True)
class CompiledTrees:
    """Trees in the kernel."""

    kernel: Kernel
    width: int

    @property
    def work(self) -> int:
        return self.kernel.work()

    def base(self, output: int) -> float:
        return self.kernel.base(output)

    def explain(self, cells: Sequence[float], output: int) -> array[float]:
        gains = array("d", bytes(8 * self.width))
        self.kernel.explain(array("d", cells), output, gains)
        return gains


class PlainTrees:
    """Trees in pure Python: leaf by leaf, as the formula is written.

    A Shapley value is an integral along a game's multilinear extension (Owen, 1972): of a leaf, of
    (o_i - z_i) times the product over the path's other features j of t o_j + (1 - t) z_j, where z
    is the share of rows that a feature's splits let through, and o is 1 where this one goes through
    and else 0. That is a polynomial of t, whose integral few points give exactly.
    """

    def __init__(self, forest: Forest, cover: Sequence[float]) -> None:
        nodes = len(forest.nodes) // NODE_BYTES
        if len(cover) != nodes or not all(0 < rows < float("inf") for rows in cover):
            raise ArtifactError("a forest's counts of rows do not fit its nodes")
        self._forest = forest
        self._parts = forest.parts()
        self._shares = [1.0] * nodes
        depths = [0] * nodes
        for place in range(nodes):
            left = self._parts.lefts[4 * place + 2]
            if left == place:
                continue
            for child in (left, left + 1):
                self._shares[child] = cover[child] / (cover[left] + cover[left + 1])
                depths[child] = depths[place] + 1
        if max(depths) > MOST_DEPTH:
            raise NotExplainableError(TOO_DEEP)

    @property
    def work(self) -> int:
        return len(self._shares) * PYTHON_EFFORT

    def base(self, output: int) -> float:
        return sum(self._mean(start, output) for start in self._starts(output))

    def explain(self, cells: Sequence[float], output: int) -> list[float]:
        gains = [0.0] * self._forest.width
        for start in self._starts(output):
            self._descend(start, {}, cells, output, gains)
        return gains

    def _starts(self, output: int) -> Sequence[int]:
        """The roots of the trees that add to an output."""
        starts = self._forest.starts[:-1]
        return starts if len(self._forest.values) else starts[output :: self._forest.outputs]

    def _mean(self, at: int, output: int) -> float:
        left = self._parts.lefts[4 * at + 2]
        if left == at:
            return self._leaf(at, output)
        return sum(self._shares[k] * self._mean(k, output) for k in (left, left + 1))

    def _leaf(self, at: int, output: int) -> float:
        value, rows = self._parts.values[2 * at], self._forest.values
        return float(rows[int(value) * self._forest.outputs + output]) if len(rows) else value

    def _descend(
        self, at: int, path: Path, cells: Sequence[float], output: int, gains: list[float]
    ) -> None:
        left, feature = self._parts.lefts[4 * at + 2], self._parts.halves[8 * at + 6]
        if left == at:
            _share_out(self._leaf(at, output), path, gains)
            return
        hot = self._forest.step(at, cells, self._parts)
        share, follows = path.get(feature, (1.0, 1.0))
        for child in (left, left + 1):
            passed = share * self._shares[child], follows if child == hot else 0.0
            self._descend(child, {**path, feature: passed}, cells, output, gains)


def _share_out(value: float, path: Path, gains: list[float]) -> None:
    """Add what the features of a leaf's path have of its value."""
    for at, weight in points((len(path) + 1) // 2):
        factors = {f: at * follows + (1.0 - at) * share for f, (share, follows) in path.items()}
        product = math.prod(factors.values())
        for feature, (share, follows) in path.items():
            gains[feature] += value * weight * (follows - share) * product / factors[feature]
