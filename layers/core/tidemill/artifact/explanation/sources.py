"""Which inputs each cell of a row is made of, after the steps of a graph."""

from collections.abc import Callable, Sequence
from typing import Any

type Spec = dict[str, Any]
type Sources = list[tuple[int, ...]]


def follow(specs: Sequence[Spec], cells: Sources) -> Sources:
    """The inputs of the cells that steps make of cells; KeyError where a step is unknown."""
    for spec in specs:
        cells = FOLLOWED[spec["kind"]](spec, cells)
    return cells


def _columns(spec: Spec, cells: Sources) -> Sources:
    made: Sources = []
    for part in spec["parts"]:
        made += follow(part["steps"], [cells[i] for i in part["take"]])
    return made


def _same(_spec: Spec, cells: Sources) -> Sources:
    return cells


def _onehot(spec: Spec, cells: Sources) -> Sources:
    sizes = [column["size"] for column in spec["columns"]]
    return [cell for cell, size in zip(cells, sizes, strict=True) for _ in range(size)]


def _impute(spec: Spec, cells: Sources) -> Sources:
    return [*cells, *(cells[i] for i in spec["flags"])]


def _calendar(spec: Spec, cells: Sources) -> Sources:
    return [cell for cell, parts in zip(cells, spec["columns"], strict=True) for _ in parts]


def _words(spec: Spec, cells: Sources) -> Sources:
    return cells * len(spec["words"])


def _polynomial(spec: Spec, cells: Sources) -> Sources:
    return [tuple(sorted({source for i in term for source in cells[i]})) for term in spec["terms"]]


FOLLOWED: dict[str, Callable[[Spec, Sources], Sources]] = {
    "columns": _columns,
    "ordinal": _same,
    "onehot": _onehot,
    "calendar": _calendar,
    "words": _words,
    "impute": _impute,
    "scale": _same,
    "clip": _same,
    "single": _same,
    "polynomial": _polynomial,
}
