"""Encoders of categories as plain data: the number that each of them gets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from training.train.searching.candidates import Estimator

type Spec = dict[str, Any]
type Names = Sequence[str | int]

UNSEEN = "\x00unseen"


def ordinal(step: OrdinalEncoder, names: Names) -> list[Spec]:
    """Codes as the encoder itself gives them, so that grouping of rare ones is followed."""
    columns = []
    for j, categories in enumerate(step.categories_):
        known, missing, unknown = _probe(step, j, categories, names)
        codes = [_number(row[j]) for row in known]
        columns.append(
            {
                "codes": [list(pair) for pair in zip(_known(categories), codes, strict=True)],
                "missing": _number(missing[j]),
                "unknown": _number(unknown[j]),
            }
        )
    return [{"kind": "ordinal", "columns": columns}]


def onehot(step: OneHotEncoder, names: Names) -> list[Spec]:
    """The position that each category has among its column's indicators."""
    columns, start = [], 0
    widths = _onehot_widths(step, names)
    for j, categories in enumerate(step.categories_):
        stop = start + widths[j]
        known, missing, unknown = _probe(step, j, categories, names)
        codes = [_slot(row[start:stop]) for row in known]
        columns.append(
            {
                "codes": [list(pair) for pair in zip(_known(categories), codes, strict=True)],
                "missing": _slot(missing[start:stop]),
                "unknown": _slot(unknown[start:stop]),
                "size": widths[j],
            }
        )
        start = stop
    return [{"kind": "onehot", "columns": columns}]


def _onehot_widths(step: OneHotEncoder, names: Names) -> list[int]:
    rare = getattr(step, "infrequent_categories_", [None] * len(names))
    return [
        len(categories) - (0 if few is None else len(few) - 1)
        for categories, few in zip(step.categories_, rare, strict=True)
    ]


def _probe(
    step: Estimator, j: int, categories: np.ndarray, names: Names
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the encoder makes of column j's known categories, a missing and an unseen one."""
    known = _known(categories)
    numeric = categories.dtype.kind == "f"
    cells = [*known, np.nan, 1e300 if numeric else UNSEEN]
    columns: dict[Any, Any] = {}
    for k, name in enumerate(names):
        first = _known(step.categories_[k])[:1] or [np.nan]
        columns[name] = pd.Series(cells if k == j else first * len(cells), dtype=object)
    frame = pd.DataFrame(columns)
    if numeric:
        frame = frame.astype(float)
    coded = np.asarray(
        step.transform(frame if hasattr(step, "feature_names_in_") else frame.to_numpy())
    )
    return coded[:-2], coded[-2], coded[-1]


def _known(categories: np.ndarray) -> list[Any]:
    return [category for category in categories.tolist() if category == category]


def _slot(row: np.ndarray) -> int | None:
    return int(row.argmax()) if row.any() else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def by_target(step: TargetEncoder, _names: Names) -> list[Spec]:
    """As many numbers for each category as there are encodings of it: one, or one a class."""
    every = 1 if step.target_type_ != "multiclass" else len(step.classes_)
    means = np.atleast_1d(step.target_mean_)
    columns = [
        _encoded(step.categories_[k // every], encodings, float(means[k % every]))
        for k, encodings in enumerate(step.encodings_)
    ]
    take = [k // every for k in range(len(columns))]
    spec = {"kind": "ordinal", "columns": columns}
    return [{"kind": "columns", "parts": [{"take": take, "steps": [spec]}]}]


def _encoded(categories: np.ndarray, encodings: np.ndarray, mean: float) -> Spec:
    pairs = list(zip(categories.tolist(), encodings.tolist(), strict=True))
    missing = [encoding for category, encoding in pairs if category != category]
    return {
        "codes": [list(pair) for pair in pairs if pair[0] == pair[0]],
        "missing": missing[0] if missing else mean,
        "unknown": mean,
    }
