"""The artifact of a corrected and decided model answers as the model does."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from tidemill.artifact import Artifact, decision
from training.train.deciding.calibration import fit
from training.train.deciding.decided import Decided
from training.train.exporting.export import export_model

CLASSES = ("a", "b", "c", "d")


class Given(BaseEstimator):  # type: ignore[misc]
    """A model that answers with the probabilities it is asked about."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self.classes_ = np.array(classes)

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Given":  # noqa: ARG002, N803
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        return X


class Saying:
    """The node of such a model."""

    def __init__(self, size: int) -> None:
        self.size = size

    def predict(self, row: list[float]) -> decision.Outcome:
        return decision.Outcome(list(row), row.index(max(row)))


@st.composite
def decided(draw: st.DrawFn) -> tuple[Decided, np.ndarray]:
    """A correction learnt from some rows, a threshold that some row may be at, and the rows."""
    size = draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    rows = rng.dirichlet(np.full(size, draw(st.sampled_from([0.05, 0.5, 5.0]))), 400)
    rows[:size] = np.eye(size)
    if size == 2:
        rows[:, 0] = 1.0 - rows[:, 1]
    codes = np.append(np.arange(size), rng.integers(0, size, 400 - size))
    method = draw(st.sampled_from([None, "sigmoid", "isotonic"]))
    correction = None if method is None else fit(method, codes, rows)
    model = Decided(Given(CLASSES[:size]), correction)
    if size == 2:
        at = model.predict_proba(rows)[:, 1]
        model.threshold = draw(st.sampled_from([0.5, *at[:40].tolist()]))
    return model, rows


@settings(deadline=None, max_examples=60)
@given(decided())
def test_artifact_answers_as_the_decided_model(case: tuple[Decided, np.ndarray]) -> None:
    """Probabilities are within 1e-12, and no label differs, at the threshold neither."""
    model, rows = case
    size = len(model.classes_)
    node = json.loads(json.dumps(model.export({"kind": "given"})))
    built = decision.build(node, size, lambda _spec, width: Saying(width))

    answers = [built.predict(row) for row in rows.tolist()]

    expected = model.predict_proba(rows)
    assert np.abs(np.array([a.outputs for a in answers]) - expected).max() <= 1e-12
    assert [model.classes_[a.winner] for a in answers] == model.predict(rows).tolist()


def test_decided_model_exports_over_the_model_below() -> None:
    """The node holds threshold, correction and model, in this order, as JSON holds them."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300)})
    y = np.where(frame["x"] + rng.normal(size=300) > 0, "yes", "no")
    below = Pipeline([("model", LogisticRegression())]).fit(frame, y)
    correction = fit("sigmoid", (y == "yes").astype(int), below.predict_proba(frame))

    node = export_model(Decided(below, correction, 0.3), ["x"])

    assert [node["kind"], node["model"]["kind"], node["model"]["model"]["kind"]] == [
        "threshold",
        "calibrated",
        "linear",
    ]
    assert decision.threshold_of(node) == 0.3


def test_job_serves_the_threshold_of_its_costs(
    lay_out: Callable[..., Any], train: Callable[[Any], int], mixed: pd.DataFrame
) -> None:
    """A contract's costs end as a threshold in the artifact, which decides what is answered."""
    job = lay_out(mixed.drop(columns="amount"), "label", "binary", trials=2)
    path = job.root / "input/data/contract/contract.json"
    contract = json.loads(path.read_text())
    contract["decision"] = {"false_positive": 1, "false_negative": 9}
    path.write_text(json.dumps(contract))

    assert train(job) == 0, job.failure()

    evaluation, artifact = job.produced(), Artifact.load(job.artifact())
    assert evaluation["decision"]["aim"] == "cost"
    assert evaluation["decision"]["costs"] == {"false_positive": 1.0, "false_negative": 9.0}
    assert artifact.threshold == evaluation["decision"]["threshold"] < 0.5
    frame = job.test_rows()[list(artifact.signature.names)]
    answers = artifact.predict(frame.astype(object).where(frame.notna(), None).to_dict("records"))
    assert [answer.value == "yes" for answer in answers] == [
        answer.probabilities["yes"] >= artifact.threshold for answer in answers
    ]
    counts = np.array(evaluation["confusion"]["counts"])
    assert counts[:, 1].sum() == sum(answer.value == "yes" for answer in answers)
    assert counts.sum() == evaluation["rows"]["test"]
    assert evaluation["per_class"][1]["recall"] == pytest.approx(counts[1, 1] / counts[1].sum())
    assert sum(one["rows"] for one in evaluation["calibration"]["bins"]) == counts.sum()
    assert evaluation["imbalance"]["treatment"] == "none"
