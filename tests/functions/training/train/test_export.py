"""Exported models answer as scikit-learn does, whatever the columns hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidemill.artifact import Artifact
from tidemill.artifact.document import pack
from tidemill.errors import ExportParityError

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]

NUMBERS = [0.0, -0.0, 1.0, 1.5, -3.25, 1e-9, 1e6, 0.1 + 0.2, np.nan]
type Problem = tuple[pd.DataFrame, str, list[dict[str, Any]], int]

LETTERS = ["a", "b", "c", "", "ä", "A", None]


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """A small frame of awkward values, a task, and the parameters of a candidate."""
    rows = draw(st.integers(30, 60))
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {f"n{k}": rng.choice(NUMBERS, rows) for k in range(draw(st.integers(0, 3)))}
        | {
            f"c{k}": pd.Series(rng.choice(np.array(LETTERS, dtype=object), rows)).where(
                lambda s: s.notna(), np.nan
            )
            for k in range(draw(st.integers(0, 2)))
        }
    )
    if frame.empty:
        frame["n0"] = rng.normal(size=rows)
    task = draw(st.sampled_from(["regression", "binary", "multiclass"]))
    linear = {"family": "linear", "degree": draw(st.integers(1, 3)), "strength": 1.0}
    trees = {
        "family": "boosting",
        "learning_rate": 0.3,
        "max_iter": 8,
        "max_leaf_nodes": draw(st.integers(2, 8)),
        "min_samples_leaf": draw(st.integers(1, 5)),
        "l2_regularization": 0.1,
        "max_features": 0.7,
    }
    members = draw(st.sampled_from([[linear], [trees], [linear, trees], [trees, trees]]))
    return frame, task, members, seed


def build(
    frame: pd.DataFrame, task: str, members: list[dict[str, Any]], seed: int
) -> tuple[Any, Artifact, list[str]]:
    """The fitted model and its artifact."""
    from tidemill.artifact import Feature, Header, Signature  # noqa: PLC0415
    from training.train.candidates import Candidates  # noqa: PLC0415
    from training.train.export import export_model  # noqa: PLC0415
    from training.train.preparation import Preparation  # noqa: PLC0415
    from training.train.selection import Recipe  # noqa: PLC0415

    numeric = [name for name in frame if name.startswith("n")]
    categorical = [name for name in frame if name.startswith("c")]
    rng = np.random.default_rng(seed)
    y = rng.normal(size=len(frame))
    classes = {"regression": [], "binary": ["no", "yes"], "multiclass": ["x", "y", "z"]}[task]
    if classes:
        y = np.array(classes)[rng.permutation(np.arange(len(frame)) % len(classes))]
    metric = "rmse" if task == "regression" else "log_loss"
    recipe = Recipe(dict.fromkeys(range(len(members)), 1), dict(enumerate(members)))
    preparation = Preparation(task, len(frame), numeric, categorical)
    model = recipe.make(Candidates(task, metric, preparation, seed)).fit(frame, y)
    names = [*numeric, *categorical]
    kinds = dict.fromkeys(numeric, "number") | dict.fromkeys(categorical, "category")
    features = tuple(Feature(n, "float" if n in numeric else "category") for n in names)
    header = Header("p", "d", "c", task, "y", tuple(classes), Signature(features), {})
    graph = {"inputs": [[n, kinds[n]] for n in names], "model": export_model(model, names)}
    return model, Artifact.load(pack(header.to_json(), graph)), classes


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_any_candidate_is_exported_exactly(problem: Problem) -> None:
    """Trees are equal to the bit, the rest within 1e-12, and no label differs."""
    frame, task, members, seed = problem
    model, artifact, classes = build(frame, task, members, seed)
    unseen = frame.iloc[:3].assign(**{n: "unseen" for n in frame if n.startswith("c")})
    frame = pd.concat([frame, unseen, frame.iloc[:1].assign(**dict.fromkeys(frame, np.nan))])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")

    answers = artifact.predict(rows)

    if classes:
        assert [a.value for a in answers] == model.predict(frame).tolist()
        given_probabilities = np.array([list(a.probabilities.values()) for a in answers])
        assert np.abs(given_probabilities - model.predict_proba(frame)).max() <= 1e-12
    else:
        values, expected = np.array([a.value for a in answers]), model.predict(frame)
        if all(member["family"] == "boosting" for member in members):
            assert values.tolist() == expected.tolist()
        assert np.all(np.abs(values - expected) <= 1e-12 * np.maximum(1, np.abs(expected)))


def test_many_categories_are_grouped_alike(lay_out: LayOut, train: Train) -> None:
    """More categories than boosting can hold are grouped, and served as they were grouped."""
    rng = np.random.default_rng(0)
    city = np.array([f"city-{k:03}" for k in rng.zipf(1.3, 1500) % 400])
    frame = pd.DataFrame({"city": city, "x": rng.normal(size=1500)})
    frame["y"] = frame["city"].str[-1].astype(float) + frame["x"]
    job = lay_out(frame, "y", "regression", trials=2)

    assert train(job) == 0, job.failure()

    assert job.produced()["parity"]["largest_difference"] <= 1e-12


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
        from tidemill.artifact.document import unpack  # noqa: PLC0415

        header, graph = unpack(honest(model, dataset, settings))
        graph["model"]["baseline"][0] += 1e-9
        return pack(header, graph)

    monkeypatch.setattr(training, "export", nudged)
    job = lay_out(abalone.head(300), "rings", "regression", trials=1)

    assert train(job) == 1

    assert job.failure().startswith(ExportParityError.__name__)
    assert not (job.root / "model/artifact.json.gz").exists()


def test_estimator_without_export_is_refused() -> None:
    """What cannot be exported exactly raises instead of being approximated."""
    from sklearn.preprocessing import MinMaxScaler  # noqa: PLC0415

    from training.train.export_steps import export_step  # noqa: PLC0415

    with pytest.raises(TypeError, match="MinMaxScaler has no exact export"):
        export_step(MinMaxScaler(), ["x"])
