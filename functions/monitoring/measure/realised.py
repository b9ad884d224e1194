"""A day's pairs of prediction and outcome as scores: by variant, model and slice."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.rows import MOST_PAIRS, SLICE
from monitoring.measure.scores import LEAST_ROWS, Judged, as_document
from tidemill.contract import Contract

MOST_SLICES = 20


def readable(pairs: pa.Table, contract: Contract) -> pa.Table:
    """Pairs whose outcome is a number where numbers are predicted."""
    if contract.problem != "regression":
        return pairs
    return pairs.filter(pc.match_substring_regex(pairs["outcome"], r"^-?[0-9.]+(e[-+]?[0-9]+)?$"))


def describe_day(day: str, pairs: pa.Table, contract: Contract, moment: str) -> dict[str, Any]:
    """The day's scores; `sampled` where there were more pairs than are looked at."""
    metric, numbers = contract.objective, contract.problem == "regression"
    scores = []
    for (variant, model), own in _by(pairs, ["variant", "model"]):
        judged = Judged.of(own, numbers=numbers)
        scores.append(as_document(judged.score(metric), variant=variant, model=model, slice=None))
        for name, rows in _slices(own):
            part = judged.at(rows).score(metric)
            scores.append(as_document(part, variant=variant, model=model, slice=name))
    return {
        "window": day,
        "metric": metric,
        "rows": pairs.num_rows,
        "sampled": pairs.num_rows >= MOST_PAIRS,
        "scores": sorted(scores, key=_place),
        "at": moment,
    }


def _place(score: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(score["variant"]), str(score["model"]), score["slice"] or ""


def _by(pairs: pa.Table, names: list[str]) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    for each in pairs.select(names).group_by(names, use_threads=False).aggregate([]).to_pylist():
        wanted = tuple(each[name] for name in names)
        held = pairs
        for name, value in zip(names, wanted, strict=True):
            same = pc.is_null(held[name]) if value is None else pc.equal(held[name], value)
            held = held.filter(same)
        yield wanted, held


def _slices(pairs: pa.Table) -> Iterator[tuple[str, Any]]:
    """The largest values of each column that slices, each with the places of its rows."""
    for name in pairs.column_names:
        if not name.startswith(SLICE):
            continue
        counted = pc.value_counts(pairs[name]).to_pylist()
        largest = sorted(counted, key=lambda each: -each["counts"])[:MOST_SLICES]
        cells = np.array(pairs[name].to_pylist(), dtype=object)
        for each in largest:
            if each["counts"] >= LEAST_ROWS and each["values"] is not None:
                said = f"{name[len(SLICE) :]} = {each['values']}"
                yield said, np.flatnonzero(cells == each["values"])
