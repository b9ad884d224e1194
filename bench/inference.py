"""One row and 10,000 by the compiled kernel, beside pandas + scikit-learn + joblib; same process.

`python -m bench.inference [--rows N] [--seconds S]`. Times are of the thread's own CPU, the least
of many repeats: other processes disturb them little. Both sides have one thread. Ratios that
have a target stand beside it at the end.
"""

import argparse
import io
import time
from array import array
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.targets import BOARD
from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from training.train.exporting.export import export_model

NUMBERS = [f"n{k}" for k in range(8)]
CATEGORIES = [f"c{k}" for k in range(6)]
NAMES = [*CATEGORIES, *NUMBERS]
MANY = 10_000
TARGETS = {
    "logistic regression": (2000, 15),
    "gradient boosting 200": (1000, 8),
    "random forest 200": (400, 5),
}


def generated(rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Eight numbers and six categories of 4 to 24 values, with nulls, and a label they explain."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for k, name in enumerate(CATEGORIES):
        texts = np.array([f"{name}-{i}" for i in range(4 + 4 * k)], dtype=object)
        columns[name] = np.where(rng.random(rows) < 0.05, np.nan, rng.choice(texts, rows))
    for name in NUMBERS:
        columns[name] = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
    frame = pd.DataFrame(columns)
    n0, n1, n2 = (frame[name].fillna(0) for name in NUMBERS[:3])
    signal = n0 + n1 * n2 + (frame["c0"] == "c0-1") + rng.normal(size=rows)
    return frame, (signal > 0.3).to_numpy().astype(int)


def models() -> dict[str, Pipeline]:
    """The three pipelines, as they are usually written."""
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    below = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    hot = OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False)
    fill = SimpleImputer(strategy="median", add_indicator=True)
    scaled = Pipeline([("fill", fill), ("scale", StandardScaler())])
    boosting = HistGradientBoostingClassifier(
        max_iter=200, early_stopping=False, categorical_features=list(range(len(CATEGORIES)))
    )
    parts: dict[str, tuple[Any, Any, Any]] = {
        "logistic regression": (hot, scaled, LogisticRegression(max_iter=300)),
        "gradient boosting 200": (codes, "passthrough", boosting),
        "random forest 200": (below, fill, RandomForestClassifier(200, random_state=0)),
    }
    return {name: _pipeline(*part) for name, part in parts.items()}


def _pipeline(categories: Any, numbers: Any, model: Any) -> Pipeline:  # noqa: ANN401 - no types
    columns = [("categories", categories, CATEGORIES), ("numbers", numbers, NUMBERS)]
    return Pipeline([("columns", ColumnTransformer(columns)), ("model", model)])


def exported(model: Pipeline) -> bytes:
    """The model's artifact."""
    kinds = dict.fromkeys(CATEGORIES, "category") | dict.fromkeys(NUMBERS, "number")
    features = [Feature(name, "category") for name in CATEGORIES]
    features += [Feature(name, "float") for name in NUMBERS]
    header = Header("bench", "d", "c", "binary", "y", (0, 1), Signature(tuple(features)), {})
    inputs = [[name, kinds[name]] for name in NAMES]
    return pack(header.to_json(), {"inputs": inputs, "model": export_model(model, NAMES)})


def least(call: Callable[[], object], seconds: float, least_repeats: int = 5) -> float:
    """The least CPU seconds of a call, repeated for so long."""
    best, repeats, end = float("inf"), 0, time.perf_counter() + seconds
    while repeats < least_repeats or time.perf_counter() < end:
        started = time.thread_time()
        call()
        best = min(best, time.thread_time() - started)
        repeats += 1
    return best


def columns_of(frame: pd.DataFrame, artifact: Artifact) -> dict[str, Any]:
    """The frame as `scores` wants it: floats, and codes of categories."""
    found: dict[str, Any] = {name: array("d", frame[name]) for name in NUMBERS}
    for name in CATEGORIES:
        codes = frame[name].map(dict(artifact.vocabularies[name])).fillna(-1)
        found[name] = array("i", codes.astype(int))
    return found


def compare(name: str, model: Pipeline, frame: pd.DataFrame, seconds: float) -> None:
    """Print what one model takes on either side, and by how much they differ."""
    data, dumped = exported(model), io.BytesIO()
    joblib.dump(model, dumped)
    artifact = Artifact.load(data)
    many, one = frame.head(MANY), frame.iloc[[3]]
    rows: list[Any] = many.astype(object).where(many.notna(), None).to_dict("records")
    columns = columns_of(many, artifact)
    peer_one = least(lambda: model.predict_proba(one), seconds)
    peer_many = least(lambda: model.predict_proba(many), seconds)
    hundred = least(lambda: [artifact.predict_one(row) for row in rows[:100]], seconds)
    by_columns = least(lambda: artifact.scores(columns, MANY), seconds)
    by_rows = least(lambda: artifact.predict(rows), seconds)
    scores = np.array(artifact.scores(columns, MANY).outputs).reshape(MANY, 2)
    gap = np.abs(scores - model.predict_proba(many)).max()
    print(f"\n{name}: largest difference from scikit-learn {gap:.1e}")
    for what, peer, ours, target in (
        ("one row, of a dict", peer_one, hundred / 100, TARGETS[name][0]),
        ("10,000 rows, of columns", peer_many, by_columns, TARGETS[name][1]),
    ):
        _line(what, peer, ours)
        BOARD.hold(f"{what}, {name}", peer / ours, target)
    _line("10,000 rows, of dicts to answers", peer_many, by_rows)
    raw = dumped.getvalue()
    load = least(lambda: Artifact.load(data), seconds)
    _line("load", least(lambda: joblib.load(io.BytesIO(raw)), seconds, 2), load)
    print(f"  {'size':34} {len(raw) / 1e6:10.2f} MB {len(data) / 1e6:10.2f} MB")


def _line(what: str, peer: float, ours: float) -> None:
    print(f"  {what:34} {peer * 1e3:10.3f} ms {ours * 1e3:10.4f} ms {peer / ours:9.1f} x")


def main() -> None:
    """Fit, export, measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=20_000, help="to learn from")
    options.add_argument("--seconds", type=float, default=2.0, help="for each measurement")
    chosen = options.parse_args()
    frame, y = generated(max(chosen.rows, MANY))
    print(f"{len(frame)} rows to learn from; pandas + scikit-learn, Tidemill, ratio")
    with threadpool_limits(1):
        for name, model in models().items():
            compare(name, model.fit(frame, y), frame, chosen.seconds)


if __name__ == "__main__":
    main()
    print(BOARD.table())
