"""Preprocessing steps: each turns a row's list of cells into the next list.

`build` checks a step against the width of the row it will get, so evaluation needs no checks.
Cells are floats, or category strings until an `ordinal` or `onehot` step has coded them; NaN is
missing.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from tidemill.errors import ArtifactError

type Row = list[Any]
type Step = Callable[[Row], Row]
type Built = tuple[Step, int]

NAN = float("nan")


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
        take = [_index(i, width) for i in part["take"]]
        step, made = build_all(part["steps"], len(take))
        parts.append((take, step))
        total += made

    def concatenate(row: Row) -> Row:
        out: Row = []
        for take, step in parts:
            out += step([row[i] for i in take])
        return out

    return concatenate, total


def _ordinal(spec: dict[str, Any], width: int) -> Built:
    """Categories to codes; `missing` and `unknown` are codes too, null being NaN."""
    columns = [
        (
            {c[0]: _number(c[1]) for c in column["codes"]},
            _number(column["missing"]),
            _number(column["unknown"]),
        )
        for column in _sized(spec["columns"], width)
    ]

    def encode(row: Row) -> Row:
        return [
            missing if cell != cell else codes.get(cell, unknown)
            for cell, (codes, missing, unknown) in zip(row, columns, strict=True)
        ]

    return encode, width


def _onehot(spec: dict[str, Any], width: int) -> Built:
    """Indicators by position; `missing` and `unknown` are positions, or null for all zeros."""
    columns = _sized(spec["columns"], width)
    lookups = []
    for column in columns:
        size = column["size"]
        codes = {c[0]: _index(c[1], size) for c in column["codes"]}
        missing, unknown = (
            None if column[key] is None else _index(column[key], size)
            for key in ("missing", "unknown")
        )
        lookups.append((codes, missing, unknown, size))

    def encode(row: Row) -> Row:
        out: Row = []
        for cell, (codes, missing, unknown, size) in zip(row, lookups, strict=True):
            slots = [0.0] * size
            slot = missing if cell != cell else codes.get(cell, unknown)
            if slot is not None:
                slots[slot] = 1.0
            out += slots
        return out

    return encode, sum(column["size"] for column in columns)


def _impute(spec: dict[str, Any], width: int) -> Built:
    """Fill missing numbers; append a 0/1 flag for each position in `flags`."""
    fills = [float(f) for f in _sized(spec["fills"], width)]
    flags = [_index(i, width) for i in spec["flags"]]

    def fill(row: Row) -> Row:
        filled = [f if cell != cell else cell for cell, f in zip(row, fills, strict=True)]
        return filled + [float(row[i] != row[i]) for i in flags]

    return fill, width + len(flags)


def _scale(spec: dict[str, Any], width: int) -> Built:
    means = [float(m) for m in _sized(spec["mean"], width)]
    scales = [float(s) for s in _sized(spec["scale"], width)]
    if 0.0 in scales:
        raise ArtifactError("a scale step divides by zero")

    def scale(row: Row) -> Row:
        return [(x - m) / s for x, m, s in zip(row, means, scales, strict=True)]

    return scale, width


def _clip(spec: dict[str, Any], width: int) -> Built:
    low, high = float(spec["low"]), float(spec["high"])

    def clip(row: Row) -> Row:
        return [min(max(x, low), high) for x in row]

    return clip, width


def _single(_spec: dict[str, Any], width: int) -> Built:
    """Numbers as 32-bit floats, as scikit-learn's forests compare them."""

    def round_off(row: Row) -> Row:
        return list(array("f", row))

    return round_off, width


def _polynomial(spec: dict[str, Any], width: int) -> Built:
    """Products of the listed positions; an empty list is the constant one."""
    terms = [[_index(i, width) for i in term] for term in spec["terms"]]

    def multiply(row: Row) -> Row:
        out: Row = []
        for term in terms:
            product = 1.0
            for i in term:
                product *= row[i]
            out.append(product)
        return out

    return multiply, len(terms)


BUILDERS: dict[str, Callable[[dict[str, Any], int], Built]] = {
    "columns": _columns,
    "ordinal": _ordinal,
    "onehot": _onehot,
    "impute": _impute,
    "scale": _scale,
    "clip": _clip,
    "single": _single,
    "polynomial": _polynomial,
}


def _index(value: object, width: int) -> int:
    if type(value) is not int or not 0 <= value < width:
        raise ArtifactError(f"position {value!r} is outside a row of {width}")
    return value


def _sized(values: list[Any], width: int) -> list[Any]:
    if len(values) != width:
        raise ArtifactError(f"a step describes {len(values)} columns of a row of {width}")
    return values


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)
