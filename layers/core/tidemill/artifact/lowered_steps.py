"""Preprocessing steps as the kernel's operations: of each kind in `steps`, the same arithmetic."""

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from tidemill.artifact.cells import NAN, Category, Cell, Coded, Hot, Number, Places, Spec, Text
from tidemill.artifact.lowering import Lowering
from tidemill.artifact.operations import Code, Input, NotLoweredError
from tidemill.artifact.reading import read_text
from tidemill.artifact.steps.calendar import PARTS
from tidemill.artifact.steps.texts import words

type Cells = list[Cell]


def lower_all(specs: Sequence[Spec], cells: Cells, low: Lowering) -> Cells:
    """The cells that steps make of cells; NotLoweredError where a step has no operations."""
    for spec in specs:
        lower = LOWERED.get(spec["kind"])
        if lower is None:
            raise NotLoweredError(f"a step of kind {spec['kind']!r}")
        cells = lower(spec, cells, low)
    return cells


def _columns(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    made: Cells = []
    for part in spec["parts"]:
        made += lower_all(part["steps"], [cells[i] for i in part["take"]], low)
    return made


def _ordinal(spec: Spec, cells: Cells, _low: Lowering) -> Cells:
    made: Cells = []
    for cell, column in zip(cells, spec["columns"], strict=True):
        known = {key: _number(code) for key, code in column["codes"]}
        missing, unknown = _number(column["missing"]), _number(column["unknown"])
        if isinstance(cell, Category):
            made.append(Coded(cell.source, _texts(known), missing, unknown))
        elif isinstance(cell, Coded):
            made.append(cell.mapped(_recoding(known, missing, unknown)))
        else:
            raise NotLoweredError("codes for numbers")
    return made


def _onehot(spec: Spec, cells: Cells, _low: Lowering) -> Cells:
    made: Cells = []
    for cell, column in zip(cells, spec["columns"], strict=True):
        known = dict(column["codes"])
        missing, unknown = column["missing"], column["unknown"]
        if isinstance(cell, Category):
            places = Places(cell.source, _texts(known), missing, unknown)
        elif isinstance(cell, Coded):
            recode = _recoding(known, missing, unknown)
            by_text = {text: recode(value) for text, value in cell.known.items()}
            places = Places(cell.source, by_text, recode(cell.missing), recode(cell.unknown))
        else:
            raise NotLoweredError("indicators of numbers")
        made += [Hot(places, place) for place in range(column["size"])]
    return made


def _impute(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    filled = [
        low.apply(Code.FILL, cell, _filling(float(fill)), float(fill))
        for cell, fill in zip(cells, spec["fills"], strict=True)
    ]
    flags = [low.apply(Code.MISSING, cells[i], lambda v: float(v != v)) for i in spec["flags"]]
    return filled + flags


def _scale(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    return [
        low.apply(Code.SCALE, cell, _scaling(float(mean), float(scale)), float(mean), float(scale))
        for cell, mean, scale in zip(cells, spec["mean"], spec["scale"], strict=True)
    ]


def _clip(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    least, most = float(spec["low"]), float(spec["high"])
    return [
        low.apply(Code.CLIP, cell, lambda v: min(max(v, least), most), least, most)
        for cell in cells
    ]


def _single(_spec: Spec, cells: Cells, low: Lowering) -> Cells:
    return [low.apply(Code.SINGLE, cell, lambda v: array("f", [v])[0]) for cell in cells]


def _polynomial(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    slots = [low.slot(cell) for cell in cells]
    made: Cells = []
    for term in spec["terms"]:
        if not len(term):
            made.append(Number(low.take()))
            low.emit(Code.CONSTANT, low.slot(made[-1]), x=1.0)
            continue
        product = Number(slots[term[0]])
        for i in term[1:]:
            product = low.made(Code.MULTIPLY, product.slot, place=slots[i])
        made.append(product)
    return made


def _calendar(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    return [
        low.made(Code.CALENDAR, low.slot(cell), float(PARTS.index(part)))
        for cell, parts in zip(cells, spec["columns"], strict=True)
        for part in parts
    ]


def _words(spec: Spec, cells: Cells, low: Lowering) -> Cells:
    """Words are counted in Python; the kernel calls it, a text at a time."""
    (cell,) = cells
    if not isinstance(cell, Text):
        raise NotLoweredError("words of no text")
    count, size = words(spec, 1)
    first = low.take(size)
    low.readers.append(
        Input(
            low.names[cell.source],
            first,
            size,
            reader=lambda value: array("d", count([read_text(value)])),
            is_text=True,
        )
    )
    return [Number(first + k) for k in range(size)]


LOWERED: dict[str, Callable[[Spec, Cells, Lowering], Cells]] = {
    "columns": _columns,
    "ordinal": _ordinal,
    "onehot": _onehot,
    "impute": _impute,
    "scale": _scale,
    "clip": _clip,
    "single": _single,
    "polynomial": _polynomial,
    "calendar": _calendar,
    "words": _words,
}


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def _filling(fill: float) -> Callable[[float], float]:
    return lambda value: fill if value != value else value


def _scaling(mean: float, scale: float) -> Callable[[float], float]:
    return lambda value: (value - mean) / scale


def _texts(known: dict[Any, Any]) -> dict[str, Any]:
    """The entries that a text can match."""
    return {key: value for key, value in known.items() if isinstance(key, str)}


def _recoding(known: dict[Any, Any], missing: Any, unknown: Any) -> Callable[[float], Any]:  # noqa: ANN401
    return lambda value: missing if value != value else known.get(value, unknown)
