"""Preprocessing steps as plain data: one exporter per transformer that a candidate may hold."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import check_array

from training.train.candidates import Estimator
from training.train.moments import Calendar, seconds_of
from training.train.reading import cut_texts

type Spec = dict[str, Any]
type Names = Sequence[str | int]

UNSEEN = "\x00unseen"
READ_BY_INPUTS = (seconds_of, cut_texts)


def export_step(step: Estimator, names: Names) -> list[Spec]:
    """The specs of a fitted transformer over the named columns; TypeError when it has none."""
    exporter = next((e for kind, e in EXPORTERS if isinstance(step, kind)), None)
    if exporter is None:
        raise TypeError(f"{type(step).__name__} has no exact export")
    return exporter(step, names)


def _pipeline(step: Pipeline, names: Names) -> list[Spec]:
    return [spec for _, part in step.steps for spec in export_step(part, names)]


def _columns(step: ColumnTransformer, names: Names) -> list[Spec]:
    parts = []
    for _, part, chosen in step.transformers_:
        dropped = isinstance(part, str) and part == "drop"
        take = [] if dropped else _positions(chosen, names)
        if take:
            taken = [names[i] for i in take]
            parts.append({"take": take, "steps": export_step(part, taken)})
    return [{"kind": "columns", "parts": parts}]


def _positions(chosen: str | Sequence[Any], names: Names) -> list[int]:
    if isinstance(chosen, str):
        return [list(names).index(chosen)]
    if isinstance(chosen, np.ndarray) and chosen.dtype == bool:
        return [int(i) for i in np.flatnonzero(chosen)]
    return [list(names).index(name) for name in chosen]


def _ordinal(step: OrdinalEncoder, names: Names) -> list[Spec]:
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


def _onehot(step: OneHotEncoder, names: Names) -> list[Spec]:
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


def _impute(step: SimpleImputer, _names: Names) -> list[Spec]:
    if not step.keep_empty_features and np.isnan(step.statistics_).any():
        raise TypeError("an imputer that drops an empty column has no exact export")
    flags = [] if step.indicator_ is None else step.indicator_.features_.tolist()
    return [{"kind": "impute", "fills": np.nan_to_num(step.statistics_).tolist(), "flags": flags}]


def _scale(step: StandardScaler, _names: Names) -> list[Spec]:
    return [{"kind": "scale", "mean": step.mean_.tolist(), "scale": step.scale_.tolist()}]


def _function(step: FunctionTransformer, _names: Names) -> list[Spec]:
    function = step.func
    if function in READ_BY_INPUTS:
        return []
    if function is None or (isinstance(function, partial) and function.func is check_array):
        return []
    if function is np.clip:
        return [{"kind": "clip", "low": step.kw_args["a_min"], "high": step.kw_args["a_max"]}]
    raise TypeError(f"{function} has no exact export")


def _polynomial(step: PolynomialFeatures, _names: Names) -> list[Spec]:
    terms = [np.repeat(np.arange(len(row)), row).tolist() for row in step.powers_]
    return [{"kind": "polynomial", "terms": terms}]


def _target(step: TargetEncoder, _names: Names) -> list[Spec]:
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


def _calendar(step: Calendar, _names: Names) -> list[Spec]:
    return [{"kind": "calendar", "columns": [list(parts) for parts in step.parts]}]


def _words(step: CountVectorizer, _names: Names) -> list[Spec]:
    idf = step.idf_.tolist() if isinstance(step, TfidfVectorizer) else None
    words = sorted(step.vocabulary_, key=step.vocabulary_.__getitem__)
    return [{"kind": "words", "words": words, "idf": idf}]


EXPORTERS: list[tuple[type, Callable[[Any, Names], list[Spec]]]] = [
    (Pipeline, _pipeline),
    (ColumnTransformer, _columns),
    (OrdinalEncoder, _ordinal),
    (OneHotEncoder, _onehot),
    (TargetEncoder, _target),
    (Calendar, _calendar),
    (CountVectorizer, _words),
    (SimpleImputer, _impute),
    (StandardScaler, _scale),
    (FunctionTransformer, _function),
    (PolynomialFeatures, _polynomial),
]
