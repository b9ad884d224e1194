"""Parts of the test rows that people would ask about: values, ranges, months, groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from tidemill.artifact import label_text
from tidemill.contract import Contract

VALUES, GATED_VALUES, NUMBERS, FEW = 20, 200, 5, 8
MONTHS, QUARTERS = 24, 40

type Vector = np.ndarray[Any, Any]
type Labels = pd.Series[Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """The rows where a column has a value; `gated` where the contract bounds its slices."""

    column: str
    value: str
    rows: Vector
    gated: bool


def segments(
    frame: pd.DataFrame, contract: Contract, importances: Mapping[str, float]
) -> Iterator[Segment]:
    """Segments by each category and truth value, the five most important numbers, time and group.

    The frame may have further columns, such as the one that rows were split by. A number is cut at
    its quartiles, time into months, or quarters or years where those are many. Of a column at most
    20 values are looked at, the most frequent ones; 200 where the contract's gate names it. The
    column that names people is left out.
    """
    columns = contract.columns()
    ranked = [name for name in importances if columns[name].type in {"int", "float"}][:NUMBERS]
    asked = {*ranked, contract.split.column, *contract.gate.slices}
    for name in map(str, frame):
        kind, gated = columns[name].type, name in contract.gate.slices
        if name == contract.privacy.subject:
            continue
        if name in asked or kind in {"category", "bool"}:
            labels = _labels(frame[name], kind)
            yield from _parts(name, labels, GATED_VALUES if gated else VALUES, gated=gated)


def _parts(name: str, labels: Labels, most: int, *, gated: bool) -> Iterator[Segment]:
    for value in labels.value_counts().index[:most]:
        yield Segment(name, str(value), np.flatnonzero((labels == value).to_numpy()), gated)


def _labels(cells: "pd.Series[Any]", kind: str) -> Labels:
    """What each cell's segment is called; missing cells are a segment too."""
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        named = _periods(cells)
    elif kind == "bool":
        named = cells.map({1.0: "true", 0.0: "false"})
    elif kind in {"int", "float"}:
        named = _ranges(cells.astype(float))
    else:
        named = cells.map(_text, na_action="ignore")
    return named.astype(object).where(cells.notna(), "missing")


def _text(cell: object) -> str:
    return cell.hex()[:16] if isinstance(cell, bytes) else label_text(cell)  # type: ignore[arg-type]


def _periods(cells: "pd.Series[Any]") -> Labels:
    months: Labels = cells.dt.strftime("%Y-%m")
    if months.nunique() <= MONTHS:
        return months
    quarters: Labels = (
        cells.dt.year.astype("Int64").astype(str) + " Q" + cells.dt.quarter.astype(str)
    )
    years: Labels = cells.dt.strftime("%Y")
    return quarters if quarters.nunique() <= QUARTERS else years


def _ranges(cells: "pd.Series[Any]") -> Labels:
    known = cells.dropna()
    if known.nunique() <= FEW:
        return cells.map(_spelt, na_action="ignore")
    edges = np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
    ends = [known.min(), *edges, known.max()]
    names = _names(ends)
    places = np.searchsorted(edges, cells.to_numpy(), side="left")
    return pd.Series(np.array(names, dtype=object)[places], index=cells.index)


def _names(ends: Sequence[float]) -> list[str]:
    """The ranges between ends; each holds its upper end."""
    first = f"up to {_spelt(ends[1])}"
    later = [f"above {_spelt(low)}, to {_spelt(high)}" for low, high in pairwise(ends[1:])]
    return [first, *later]


def _spelt(number: float) -> str:
    return f"{number:.6g}"
