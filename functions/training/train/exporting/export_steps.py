"""Preprocessing steps as plain data: one exporter per transformer that a candidate may hold."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
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

from training.train.exporting.export_codes import Names, Spec, by_target, onehot, ordinal
from training.train.rows.moments import Calendar, seconds_of
from training.train.rows.reading import cut_texts
from training.train.searching.candidates import Estimator

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


def _calendar(step: Calendar, _names: Names) -> list[Spec]:
    return [{"kind": "calendar", "columns": [list(parts) for parts in step.parts]}]


def _words(step: CountVectorizer, _names: Names) -> list[Spec]:
    idf = step.idf_.tolist() if isinstance(step, TfidfVectorizer) else None
    words = sorted(step.vocabulary_, key=step.vocabulary_.__getitem__)
    return [{"kind": "words", "words": words, "idf": idf}]


EXPORTERS: list[tuple[type, Callable[[Any, Names], list[Spec]]]] = [
    (Pipeline, _pipeline),
    (ColumnTransformer, _columns),
    (OrdinalEncoder, ordinal),
    (OneHotEncoder, onehot),
    (TargetEncoder, by_target),
    (Calendar, _calendar),
    (CountVectorizer, _words),
    (SimpleImputer, _impute),
    (StandardScaler, _scale),
    (FunctionTransformer, _function),
    (PolynomialFeatures, _polynomial),
]
