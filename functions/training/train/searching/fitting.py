"""Fit pipelines; boosting in chunks of rounds, kept in the checkpoint where they take long.

Rounds added to a fitted model are the very rounds that one fit would have made, so neither chunks
nor interruptions change a result. What is kept is for this job alone: joblib reads it again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

CHUNK = 50
KEEP_AFTER = 5.0

type Estimator = Any  # scikit-learn ships no types


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fit is kept while it goes on: a file that is written whole or not at all."""

    path: Path | None = None

    def load(self) -> Any | None:  # noqa: ANN401 - what was kept
        """What was kept; None where nothing was, or what was cannot be read any more."""
        if self.path is None or not self.path.exists():
            return None
        try:
            return joblib.load(self.path)
        except Exception:  # noqa: BLE001 - a torn pickle raises almost anything
            return None

    def keep(self, state: Any) -> None:  # noqa: ANN401 - whatever comes back from `load`
        """Keep a state instead of the one before, in a folder that may be still to make."""
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial = self.path.with_suffix(".partial")
            joblib.dump(state, partial)
            partial.replace(self.path)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the model itself learns from, and rows it is tried on, prepared alike."""

    X: np.ndarray
    y: np.ndarray
    held: np.ndarray


def prepare(pipeline: Pipeline, rows: pd.DataFrame, y: np.ndarray, held: pd.DataFrame) -> Prepared:
    """Fit all steps but the last; steps that resample change the rows to learn from only."""
    learn: Any = rows
    tried: Any = held
    for _, step in pipeline.steps[:-1]:
        if hasattr(step, "fit_resample"):
            learn, y = step.fit_resample(learn, y)
        else:
            learn = step.fit_transform(learn, y)
            tried = step.transform(tried)
    return Prepared(learn, y, tried)


def fit(pipeline: Pipeline, rows: pd.DataFrame, y: np.ndarray, place: Place) -> Pipeline:
    """The pipeline fitted to all rows, without the steps that only resample them."""
    data = prepare(pipeline, rows, y, rows.iloc[:1])
    model = pipeline.steps[-1][1]
    if grows(model):
        for grown in grow(model, data, model.max_iter, place):
            model = grown
        model.set_params(warm_start=False)
    else:
        model.fit(data.X, data.y)
    steps = [step for step in pipeline.steps[:-1] if not hasattr(step[1], "fit_resample")]
    return Pipeline([*steps, (pipeline.steps[-1][0], model)])


def grows(model: BaseEstimator) -> bool:
    """Whether a model is made in rounds, of a number that is not left to itself."""
    kinds = HistGradientBoostingClassifier | HistGradientBoostingRegressor
    return isinstance(model, kinds) and model.early_stopping is False


def grow(model: Estimator, data: Prepared, limit: int, place: Place) -> Iterator[Estimator]:
    """The model after each chunk of rounds, up to a limit; goes on from what was kept."""
    model = place.load() or model
    if getattr(model, "n_iter_", 0):
        yield model
    kept = time.monotonic()
    while (done := getattr(model, "n_iter_", 0)) < limit:
        model.set_params(warm_start=True, max_iter=min(limit, done + CHUNK))
        model.fit(data.X, data.y)
        if time.monotonic() - kept > KEEP_AFTER:
            place.keep(model)
            kept = time.monotonic()
        yield model
