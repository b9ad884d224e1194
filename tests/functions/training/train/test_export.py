"""Exported models answer as scikit-learn does, whatever the columns hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack, unpack
from tidemill.artifact.signature import Task
from tidemill.errors import ExportParityError
from training.train.deciding import calibration
from training.train.deciding.decided import Decided
from training.train.exporting.export import graph_of
from training.train.exporting.parity import Parity, check
from training.train.rows.channels import Channel, Dataset
from training.train.rows.reading import reader_of
from training.train.rows.survey import Survey
from training.train.searching.candidates import Candidates

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]

NUMBERS = [0.0, -0.0, 1.0, 1.5, -3.25, 1e-9, 1e6, 0.1 + 0.2, np.nan]
LETTERS = ["a", "b", "c", "", "ä", "A", np.nan]
MOMENTS = ["2024-02-29T12:00:00.25Z", "1969-07-20", "0001-01-01", "9999-12-31T23:59:59Z", None]
WORDS = ["tide", "mill", "Mill", "42", "übel", "a", "!", "日本語"]
FORESTS = (
    (RandomForestClassifier, ExtraTreesClassifier),
    (RandomForestRegressor, ExtraTreesRegressor),
)
CLASSES: dict[Task, list[str]] = {
    "regression": [],
    "binary": ["no", "yes"],
    "multiclass": ["x", "y", "z"],
}


@dataclass(frozen=True)
class Problem:
    """A small dataset of awkward values, and the candidates that a model of it is made of."""

    dataset: Dataset
    members: list[dict[str, Any]]
    task: Task
    correction: str = ""
    threshold: float | None = None

    def fitted(self) -> BaseEstimator:
        """The members, fitted; a vote where there are several, corrected where that is asked."""
        model = self._fitted()
        if not self.correction:
            return model
        codes = np.searchsorted(model.classes_, self.dataset.train.y)
        outputs = model.predict_proba(self.dataset.train.X)
        correction = calibration.fit(self.correction, codes, outputs)
        return Decided(model, correction, self.threshold)

    def _fitted(self) -> BaseEstimator:
        made = [(str(k), self._made(params)) for k, params in enumerate(self.members)]
        voting = VotingClassifier(made, voting="soft") if self.dataset.classes else None
        model = made[0][1] if len(made) == 1 else voting or VotingRegressor(made)
        if len(made) > 1:
            model.set_params(weights=[1.0, 2.0])
        return model.fit(self.dataset.train.X, self.dataset.train.y)

    def _made(self, params: dict[str, Any]) -> BaseEstimator:
        """A candidate of a search, or a forest on what trees are given."""
        preparation, regression = self.dataset.preparation, self.task == "regression"
        if params["family"] == "forest":
            model = FORESTS[regression][params["kind"]](
                7, random_state=0, max_depth=params["depth"]
            )
            return Pipeline([("columns", preparation.trees()), ("model", model)])
        metric = "rmse" if regression else "log_loss"
        return Candidates(self.task, metric, preparation, 0).make(params)


def columns(draw: st.DrawFn, rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Columns of every kind, named by its first letter."""
    texts = [" ".join(rng.choice(WORDS, rng.integers(0, 6))) for _ in range(rows)]
    moments = pd.to_datetime(
        rng.choice(np.array(MOMENTS, dtype=object), rows), utc=True, format="ISO8601"
    )
    made = {f"n{k}": rng.choice(NUMBERS, rows) for k in range(draw(st.integers(0, 3)))}
    for k in range(draw(st.integers(0, 2))):
        made[f"c{k}"] = rng.choice(np.array(LETTERS, dtype=object), rows)
    if draw(st.booleans()):
        made["many"] = np.array([f"m{k}" for k in rng.integers(0, 300, rows)], dtype=object)
    if draw(st.booleans()):
        made["moment"] = moments.as_unit("us")
    if draw(st.booleans()):
        made["text"] = np.where(rng.random(rows) < 0.1, None, np.array(texts, dtype=object))
    return made or {"n0": rng.normal(size=rows)}


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A frame, a task, and the parameters of its candidates."""
    rows = draw(st.integers(60, 120))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    frame = pd.DataFrame(columns(draw, rng, rows))
    task = draw(st.sampled_from(list(CLASSES)))
    linear = {"family": "linear", "degree": draw(st.integers(1, 2)), "strength": 1.0}
    trees = {
        "family": "boosting",
        "learning_rate": 0.3,
        "max_iter": 8,
        "max_leaf_nodes": draw(st.integers(2, 8)),
        "min_samples_leaf": draw(st.integers(1, 5)),
        "l2_regularization": 0.1,
        "max_features": 0.7,
    }
    if task == "regression" and draw(st.booleans()):
        trees["loss"] = "poisson"
    depth, kind = draw(st.sampled_from([None, 3])), draw(st.integers(0, 1))
    forest = {"family": "forest", "depth": depth, "kind": kind}
    made = [[linear], [trees], [forest], [linear, trees], [trees, trees], [linear, forest]]
    members = draw(st.sampled_from(made))
    classes = CLASSES[task]
    correction = draw(st.sampled_from(["", "sigmoid", "isotonic"])) if classes else ""
    threshold = draw(st.floats(0.05, 0.95)) if correction and task == "binary" else None
    y = rng.gamma(2.0, size=rows) * 10
    if classes:
        y = np.array(classes)[rng.permutation(np.arange(rows) % len(classes))]
    return Problem(dataset_of(frame, y, task), members, task, correction, threshold)


def dataset_of(frame: pd.DataFrame, y: np.ndarray, task: Task) -> Dataset:
    """The frame as a dataset whose channels are one and the same."""
    kinds = {"n": "float", "c": "category", "m": "category", "t": "text"}
    kind_of = {name: kinds[name[0]] for name in frame} | {"moment": "timestamp"}
    signature = Signature(tuple(Feature(name, kind_of[name]) for name in frame))
    preparation = Survey(frame, frame, signature).preparation(task, y, [])
    reader = reader_of(preparation, frame)
    channel = Channel(reader.transform(frame), y, frame)
    classes = CLASSES[task]
    return Dataset(channel, channel, channel, signature, preparation, classes, reader=reader)


def checked(problem: Problem) -> Parity:
    """What the export gate sees of the fitted problem, on one thread as a small job is."""
    dataset, classes = problem.dataset, tuple(problem.dataset.classes)
    header = Header("p", "d", "c", problem.task, "y", classes, dataset.signature, {})
    with threadpool_limits(1):
        model = problem.fitted()
        data = pack(header.to_json(), graph_of(model, dataset))
        artifact = Artifact.load(data)
        assert artifact.evaluator == "kernel"
        return check(dataset.delivered(model), artifact, unpack(data)[1], dataset)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_any_candidate_is_exported_exactly(problem: Problem) -> None:
    """Trees are equal to the bit, the rest within 1e-12, and no label differs, at any edge."""
    found = checked(problem)
    assert found.adversarial_rows >= 15
    assert found.largest_difference <= 1e-12


@pytest.mark.parametrize("family", ["boosting", "linear"])
@pytest.mark.parametrize(("task", "encodes"), [("regression", True), ("multiclass", False)])
def test_more_categories_than_trees_can_hold(task: Task, encodes: bool, family: str) -> None:
    """They are encoded by the target, or the rare ones grouped, and served as they were learnt."""
    rng = np.random.default_rng(0)
    city = np.array([f"m{k:03}" for k in rng.zipf(1.2, 1500) % 600], dtype=object)
    frame = pd.DataFrame({"many": city, "n": rng.normal(size=1500)})
    y: np.ndarray = pd.Series(city).str[-1].astype(float).to_numpy() + frame["n"].to_numpy()
    if task == "multiclass":
        y = np.where(np.arange(1500) < 20, "z", np.where(y > 4, "x", "y"))
    linear, trees = {"degree": 1, "strength": 1.0}, {"max_iter": 10}
    member = {"family": family} | (linear if family == "linear" else trees)
    dataset = dataset_of(frame, y, task)
    assert len(dataset.preparation.vocabulary.categories["many"]) > 255
    assert dataset.preparation.encodes is encodes
    assert checked(Problem(dataset, [member], task)).largest_difference <= 1e-12


def nudge(model: dict[str, Any]) -> None:
    """Change one number of a model's node by little."""
    while "baseline" not in model and "intercepts" not in model:
        model = model["members"][0] if "members" in model else model["model"]
    model["baseline" if "baseline" in model else "intercepts"][0] += 1e-9


def test_gate_refuses_an_artifact_that_differs(
    lay_out: LayOut,
    train: Train,
    abalone: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A model whose artifact answers otherwise fails the job and is not delivered."""
    from training.train import training  # noqa: PLC0415

    honest = training.export

    def nudged(model: object, dataset: object, settings: object) -> bytes:
        header, graph = unpack(honest(model, dataset, settings))
        nudge(graph["model"])
        return pack(header, graph)

    monkeypatch.setattr(training, "export", nudged)
    job = lay_out(abalone.head(300), "rings", "regression", trials=1)

    assert train(job) == 1

    assert job.failure().startswith(ExportParityError.__name__)
    assert not (job.root / "model/artifact.tidemill").exists()


def test_estimator_without_export_is_refused() -> None:
    """What cannot be exported exactly raises instead of being approximated."""
    from sklearn.preprocessing import MinMaxScaler  # noqa: PLC0415

    from training.train.exporting.export_steps import export_step  # noqa: PLC0415

    with pytest.raises(TypeError, match="MinMaxScaler has no exact export"):
        export_step(MinMaxScaler(), ["x"])
