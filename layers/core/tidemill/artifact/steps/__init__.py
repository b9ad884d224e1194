"""Preprocessing steps: each turns a row's list of cells into the next list.

`build` checks a step against the width of the row it will get, so evaluation needs no checks.
Cells are floats, or texts until a step has turned them into floats; NaN is missing.
"""

from collections.abc import Sequence
from typing import Any

from tidemill.artifact.steps import numbers
from tidemill.artifact.steps.calendar import calendar
from tidemill.artifact.steps.categories import onehot, ordinal
from tidemill.artifact.steps.step import Builder, Built, Row, Step, index
from tidemill.artifact.steps.texts import words
from tidemill.errors import ArtifactError

__all__ = ["Built", "Row", "Step", "build", "build_all"]


def build(spec: dict[str, Any], width: int) -> Built:
    """The step a spec describes and the width of the rows it makes."""
    kind = spec.get("kind")
    builder = BUILDERS.get(str(kind))
    if builder is None:
        raise ArtifactError(f"the artifact has a step of unknown kind {kind!r}")
    return builder(spec, width)


def build_all(specs: Sequence[dict[str, Any]], width: int) -> Built:
    """One step that runs several in order."""
    steps: list[Step] = []
    for spec in specs:
        step, width = build(spec, width)
        steps.append(step)

    def run(row: Row) -> Row:
        for step in steps:
            row = step(row)
        return row

    return run, width


def _columns(spec: dict[str, Any], width: int) -> Built:
    parts: list[tuple[list[int], Step]] = []
    total = 0
    for part in spec["parts"]:
        take = [index(i, width) for i in part["take"]]
        step, made = build_all(part["steps"], len(take))
        parts.append((take, step))
        total += made

    def concatenate(row: Row) -> Row:
        out: Row = []
        for take, step in parts:
            out += step([row[i] for i in take])
        return out

    return concatenate, total


BUILDERS: dict[str, Builder] = {
    "columns": _columns,
    "ordinal": ordinal,
    "onehot": onehot,
    "calendar": calendar,
    "words": words,
    "impute": numbers.impute,
    "scale": numbers.scale,
    "clip": numbers.clip,
    "single": numbers.single,
    "polynomial": numbers.polynomial,
}
