"""Turn a fitted scikit-learn pipeline into an artifact: its numbers, and none of its code."""

import platform
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.ensemble._forest import ForestClassifier, ForestRegressor
from sklearn.pipeline import Pipeline

from tidemill.artifact import Header
from tidemill.artifact.document import pack
from training.train.deciding.decided import Decided
from training.train.exporting.export_steps import export_step
from training.train.exporting.export_trees import bagged, boosted
from training.train.rows.channels import Dataset
from training.train.searching.candidates import Estimator
from training.train.settings import RunSettings

CHUNK = 50_000
LOGARITHMIC = ("poisson", "gamma")
LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib", "optuna", "pandas", "pyarrow")


def versions() -> dict[str, str]:
    """What the model was made with."""
    return {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def export(model: Estimator, dataset: Dataset, settings: RunSettings) -> bytes:
    """The artifact of a model fitted to what the dataset's reader makes of rows."""
    header = Header(
        pipeline=settings.pipeline,
        dataset_version=settings.dataset_version,
        contract_version=settings.contract.version,
        task=settings.task,
        target=settings.contract.target,
        classes=tuple(dataset.classes),
        signature=dataset.signature,
        versions=versions(),
    )
    return pack(header.to_json(), graph_of(model, dataset))


def graph_of(model: Estimator, dataset: Dataset) -> dict[str, Any]:
    """What a row goes through: inputs are typed, all members read them once, the model follows."""
    names = dataset.features
    kinds = dict.fromkeys(names, "number")
    kinds |= dict.fromkeys(dataset.categorical, "category")
    kinds |= dict.fromkeys(dataset.moments, "timestamp") | dict.fromkeys(dataset.texts, "text")
    return {
        "inputs": [[name, kinds[name]] for name in names],
        "reading": export_step(dataset.reader, names),
        "model": export_model(model, names, dataset.development.X),
    }


def export_model(
    model: Estimator, names: list[str], rows: pd.DataFrame | None = None
) -> dict[str, Any]:
    """The graph node of a fitted model that reads the named columns.

    Linear models need the `rows` that they learnt from to be explained by their averages.
    """
    if isinstance(model, Decided):
        return model.export(export_model(model.estimator, names, rows))
    if isinstance(model, VotingRegressor | VotingClassifier):
        return {
            "kind": "vote",
            "weights": [float(weight) for weight in model.weights],
            "members": [export_model(member, names, rows) for member in model.estimators_],
        }
    if isinstance(model, Pipeline):
        steps = [spec for _, step in model.steps[:-1] for spec in export_step(step, names)]
        node = _head(model.steps[-1][1], steps)
        if node["kind"] == "linear" and rows is not None:
            node["background"] = _averages(model, rows)
        return node
    raise TypeError(f"{type(model).__name__} has no exact export")


def _averages(model: Pipeline, rows: pd.DataFrame) -> list[float]:
    """What the cells that a model adds up are on the average."""
    total: Any = 0.0
    for first in range(0, len(rows), CHUNK):
        part: Any = rows.iloc[first : first + CHUNK]
        for _, step in model.steps[:-1]:
            part = step.transform(part)
        total = total + np.asarray(part.sum(axis=0), dtype="float64").ravel()
    averages: list[float] = (total / len(rows)).tolist()
    return averages


def _head(estimator: Estimator, steps: list[dict[str, Any]]) -> dict[str, Any]:
    if hasattr(estimator, "coef_"):
        coefficients = np.atleast_2d(estimator.coef_)
        return {
            "kind": "linear",
            "steps": steps,
            "coefficients": coefficients.tolist(),
            "intercepts": np.broadcast_to(estimator.intercept_, len(coefficients)).tolist(),
            "link": _link(estimator, len(coefficients)),
        }
    return _bagging(estimator, steps) if _is_bagged(estimator) else _boosting(estimator, steps)


def _is_bagged(estimator: Estimator) -> bool:
    return isinstance(estimator, ForestClassifier | ForestRegressor)


def _bagging(estimator: Estimator, steps: list[dict[str, Any]]) -> dict[str, Any]:
    if estimator.n_outputs_ != 1:
        raise TypeError("a forest with several targets has no exact export")
    classes = len(getattr(estimator, "classes_", ()))
    return {
        "kind": "mean",
        "steps": [*steps, {"kind": "single"}],
        "forest": bagged(estimator.estimators_, estimator.n_features_in_, classes),
    }


def _boosting(estimator: Estimator, steps: list[dict[str, Any]]) -> dict[str, Any]:
    # scikit-learn keeps a boosting model's trees in private attributes only; its version is
    # pinned, and the export gate would see a change.
    inner, coded = estimator._preprocessor, estimator.is_categorical_  # noqa: SLF001
    if inner is not None:
        steps = [*steps, *export_step(inner, list(range(len(coded))))]
    baseline = np.ravel(estimator._baseline_prediction).tolist()  # noqa: SLF001
    return {
        "kind": "boosting",
        "steps": steps,
        "baseline": baseline,
        "forest": boosted(estimator._predictors, estimator.n_features_in_),  # noqa: SLF001
        "link": _link(estimator, len(baseline)),
    }


def _link(estimator: Estimator, width: int) -> str:
    if not hasattr(estimator, "classes_"):
        return "exp" if getattr(estimator, "loss", None) in LOGARITHMIC else "identity"
    return "logistic" if width == 1 else "softmax"
