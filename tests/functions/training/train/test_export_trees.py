"""Random forests and extra trees, exported: what scikit-learn answers, to the bit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.artifact.forest import NODE_BYTES, Forest
from training.train.exporting.export import export_model

CLASSIFIERS = (RandomForestClassifier, ExtraTreesClassifier)
FORESTS = (*CLASSIFIERS, RandomForestRegressor, ExtraTreesRegressor)
NUMBERS = (0.0, -0.0, 1.0, 1.5, -3.25, 1e-9, 1e6, 0.1 + 0.2, 1e30, np.nan)
LETTERS = np.array(["a", "b", "c", "", np.nan], dtype=object)
NAMES = ["n0", "n1", "c0"]


def frame_of(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Two columns of numbers, one of categories."""
    drawn = np.where(rng.random(rows) < 0.5, rng.normal(size=rows), rng.choice(NUMBERS, rows))
    columns = {"n0": drawn, "n1": rng.choice(NUMBERS, rows), "c0": rng.choice(LETTERS, rows)}
    return pd.DataFrame(columns)


def fitted(model: BaseEstimator, frame: pd.DataFrame, y: np.ndarray, fill: str) -> Pipeline:
    """The model behind codes or indicators, with missing numbers filled or left to the trees."""
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    numbers = SimpleImputer(add_indicator=True) if fill == "impute" else "passthrough"
    parts = [("c", codes if fill == "impute" else hot, ["c0"]), ("n", numbers, ["n0", "n1"])]
    return Pipeline([("columns", ColumnTransformer(parts)), ("model", model)]).fit(frame, y)


def loaded(model: Pipeline, classes: tuple[str, ...]) -> Artifact:
    """The model's artifact."""
    task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    kinds = {"n": "float", "c": "category"}
    signature = Signature(tuple(Feature(name, kinds[name[0]]) for name in NAMES))  # type: ignore[arg-type]
    header = Header("p", "d", "c", task, "y", classes, signature, {})  # type: ignore[arg-type]
    inputs = [["n0", "number"], ["n1", "number"], ["c0", "category"]]
    graph = {"inputs": inputs, "model": export_model(model, NAMES)}
    return Artifact.load(pack(header.to_json(), graph))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(FORESTS),
    st.integers(2, 4),
    st.integers(0, 2**16),
    st.sampled_from(["impute", "leave"]),
    st.sampled_from([None, 3]),
)
def test_forests_are_exported_to_the_bit(
    kind: type, labels: int, seed: int, fill: str, depth: int | None
) -> None:
    """Probabilities and numbers are equal, one row or many, by the kernel and in pure Python."""
    rng = np.random.default_rng(seed)
    train, rows = frame_of(rng, 80), frame_of(rng, 150)
    rows.loc[:2, "c0"] = "unseen"
    classes = tuple("wxyz"[:labels]) if kind in CLASSIFIERS else ()
    y = np.array(classes)[np.arange(80) % labels] if classes else rng.normal(size=80)
    options = {"n_estimators": 11, "max_depth": depth, "random_state": seed}
    model = fitted(kind(**options), train, y, fill)
    artifact = loaded(model, classes)
    requests = rows.astype(object).where(rows.notna(), None).to_dict("records")

    answers = artifact.predict(requests)

    assert artifact.evaluator == "kernel"
    assert [answer.value for answer in answers] == model.predict(rows).tolist()
    if classes:
        shares = [list((answer.probabilities or {}).values()) for answer in answers]
        assert shares == model.predict_proba(rows).tolist()
    assert answers == artifact.reference(requests)
    assert answers == [artifact.predict_one(row) for row in requests]


def test_leaves_share_their_rows_of_values() -> None:
    """A distribution is stored once, however many leaves have it."""
    rng = np.random.default_rng(0)
    frame, y = frame_of(rng, 200), np.array(["x", "y"])[np.arange(200) % 2]
    model = fitted(RandomForestClassifier(20, random_state=0), frame, y, "impute")
    forest = Forest.read(export_model(model, NAMES)["forest"], 5)
    leaves = (len(forest.nodes) // NODE_BYTES + forest.trees) // 2
    assert len(forest.values) / forest.outputs < leaves / 4


def test_several_targets_are_refused() -> None:
    """A forest of two targets has no export, and says so."""
    rng = np.random.default_rng(0)
    model = fitted(RandomForestRegressor(2), frame_of(rng, 30), rng.normal(size=(30, 2)), "leave")
    with pytest.raises(TypeError, match="several targets"):
        export_model(model, NAMES)
