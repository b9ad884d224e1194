"""Exported models explain their answers as the shap package explains scikit-learn's."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from hypothesis import HealthCheck, given, settings
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tests.functions.training.train.test_export import Problem, problems
from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.artifact.model import Evaluator
from tidemill.errors import NotExplainableError
from training.train.deciding.decided import Decided
from training.train.exporting.export import export_model, graph_of

NAMES = [f"n{k}" for k in range(5)]
EVALUATORS: tuple[Evaluator, ...] = ("kernel", "python")
FEW = {"n_estimators": 7, "random_state": 0, "max_depth": 6}
MODELS: list[tuple[BaseEstimator, str, str]] = [
    (HistGradientBoostingRegressor(max_iter=20), "regression", "value"),
    (HistGradientBoostingClassifier(max_iter=20), "binary", "log_odds"),
    (HistGradientBoostingClassifier(max_iter=10), "multiclass", "score"),
    (RandomForestRegressor(**FEW), "regression", "value"),
    (RandomForestClassifier(**FEW, class_weight="balanced"), "binary", "probability"),
    (ExtraTreesClassifier(**FEW), "multiclass", "probability"),
    (Ridge(), "regression", "value"),
    (LogisticRegression(), "binary", "log_odds"),
    (LogisticRegression(), "multiclass", "score"),
]


def frame_of(rows: int) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Five numbers, and a target of each task that they explain."""
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(rows, 5)), columns=NAMES)
    signal = (frame["n0"] * frame["n1"] + frame["n2"]).to_numpy()
    return frame, {
        "regression": signal,
        "binary": np.where(signal > 0.4, "yes", "no"),
        "multiclass": np.array(list("xyz"))[np.digitize(signal, [-0.5, 0.7])],
    }


def by_shap(model: BaseEstimator, cells: np.ndarray, background: np.ndarray) -> tuple[Any, Any]:
    """Its values by row, cell and output; and its expected values by output."""
    if hasattr(model, "coef_"):
        masker = shap.maskers.Independent(background, max_samples=len(background))
        explainer: Any = shap.LinearExplainer(model, masker)
    else:
        explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(cells))
    return values.reshape(*cells.shape, -1), np.ravel(explainer.expected_value)


@pytest.mark.parametrize(("model", "task", "scale"), MODELS)
def test_explanations_are_those_of_shap(model: BaseEstimator, task: str, scale: str) -> None:
    """Contributions and base agree within 1e-9, by the kernel and in pure Python."""
    frame, targets = frame_of(400)
    columns = ColumnTransformer([("numbers", StandardScaler(), NAMES)])
    fitted = Pipeline([("columns", columns), ("model", model)]).fit(frame, targets[task])
    classes = tuple(getattr(model, "classes_", np.array([])).tolist())
    features = tuple(Feature(name, "float") for name in NAMES)
    header = Header("p", "d", "c", task, "y", classes, Signature(features), {})  # type: ignore[arg-type]
    node = export_model(fitted, NAMES, frame)
    data = pack(header.to_json(), {"inputs": [[name, "number"] for name in NAMES], "model": node})
    background, rows = columns.transform(frame), frame.head(12)
    values, expected = by_shap(model, background[:12], background)
    for evaluator in EVALUATORS:
        artifact = Artifact.load(data, evaluator)
        assert artifact.evaluator == evaluator
        for k, row in enumerate(rows.to_dict("records")):
            value = artifact.predict_one(row).value
            found = artifact.explainer.explain(row, value)
            label = found.label if task != "binary" else "yes"
            own = 0 if label is None else classes.index(label)
            output = own if values.shape[2] > 1 else 0
            assert found.of == scale
            assert found.label == label
            assert list(found.contributions) == NAMES
            gains = list(found.contributions.values())
            assert gains == pytest.approx(values[k, :, output], abs=1e-9)
            assert found.base == pytest.approx(expected[output], abs=1e-9)


def raw_of(model: Any, frame: pd.DataFrame, task: str, output: int) -> np.ndarray:  # noqa: ANN401
    """What scikit-learn's model adds up, before any link or correction, of one class."""
    if isinstance(model, Decided):
        return raw_of(model.estimator, frame, task, output)
    if hasattr(model, "estimators_"):
        every = [raw_of(member, frame, task, output) for member in model.estimators_]
        averaged: np.ndarray = np.average(every, axis=0, weights=model.weights)
        return averaged
    if task == "regression":
        logarithmic = getattr(model[-1], "loss", None) == "poisson"
        values: np.ndarray = model.predict(frame)
        return np.log(values) if logarithmic else values
    margin = hasattr(model, "decision_function")
    raw: np.ndarray = model.decision_function(frame) if margin else model.predict_proba(frame)
    return raw if raw.ndim == 1 else raw[:, output]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_any_candidate_is_explained_additively(problem: Problem) -> None:
    """Base and contributions are what the model adds up, and both evaluators give the same."""
    dataset, classes = problem.dataset, tuple(problem.dataset.classes)
    header = Header("p", "d", "c", problem.task, "y", classes, dataset.signature, {})
    with threadpool_limits(1):
        model = problem.fitted()
        data = pack(header.to_json(), graph_of(model, dataset))
        raw = [
            raw_of(model, dataset.train.X.head(8), problem.task, k)
            for k in range(len(classes) or 1)
        ]
    artifact, reference = (Artifact.load(data, evaluator) for evaluator in EVALUATORS)
    if len(problem.members) > 1:
        with suppress(NotExplainableError):
            _ = artifact.explainer
        if artifact._explainer is None:
            return  # a vote on several scales has no exact parts
    for k, row in enumerate(dataset.train.rows()[:8]):
        value = artifact.predict_one(row).value
        found = artifact.explainer.explain(row, value)
        same = reference.explainer.explain(row, value)
        output = 0 if not classes else classes.index(value) if len(classes) > 2 else 1
        total = found.base + math.fsum(found.contributions.values())
        assert total == pytest.approx(raw[output][k], rel=1e-9, abs=1e-9)
        assert list(found.contributions) == list(dataset.signature.names)
        assert same.contributions == pytest.approx(found.contributions, rel=1e-9, abs=1e-9)
        assert same.base == pytest.approx(found.base, rel=1e-9, abs=1e-9)
