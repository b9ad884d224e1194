"""One request through the whole handler, ours and the usual sample's, on the same models.

    python -m bench.serving

From API Gateway's event to its answer: parsed, validated, routed, predicted, serialised and, ours
alone, captured and measured; nothing goes over a network. Eight numbers and six categories, with
nulls; CPU time of the thread, the least of many repeats, since a machine is never alone.
"""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.inference import least
from bench.sample_handler import load
from bench.served import Handler, serve
from bench.targets import BOARD
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from training.train.exporting.export import export_model
from training.train.rows.preparation import Preparation

NUMBERS = [f"n{i}" for i in range(8)]
CATEGORIES = [f"c{i}" for i in range(6)]
ROWS, PIPELINE = 20_000, "bench"
ONE_ROW_TARGET, SECONDS = 200, 2.0
# Of many rows, what is asked of the model alone.
TARGETS = {"logistic regression": 15, "gradient boosting, 200": 8, "random forest, 200": 5}
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1024, invoked_function_arn="arn", aws_request_id="r"
)
type Call = Callable[[], dict[str, Any]]


def main() -> None:
    """Print a line per model and size: microseconds of both, and how many times faster ours is."""
    frame, labels = _data()
    preparation = Preparation("binary", ROWS, NUMBERS, CATEGORIES)
    print(f"{'whole handler':24}{'rows':>7}{'sample':>12}{'ours':>12}{'times':>8}")
    for name, (columns, estimator) in _models(preparation).items():
        model = Pipeline([("columns", columns), ("model", estimator)]).fit(frame, labels)
        try:
            graph = export_model(model, [*NUMBERS, *CATEGORIES])
        except (TypeError, AttributeError):
            print(f"{name:24}has no exact export yet")
            continue
        with TemporaryDirectory() as folder, threadpool_limits(1):
            path = Path(folder) / "model.joblib"
            joblib.dump(model, path)
            sample, handler = load(path), serve(_artifact(graph), PIPELINE)
            for rows, target in ((1, ONE_ROW_TARGET), (10_000, TARGETS[name])):
                _compare(name, target, frame.head(rows), (sample, handler))


def _models(preparation: Preparation) -> dict[str, tuple[Any, Any]]:
    trees = preparation.trees
    return {
        "logistic regression": (preparation.linear(1), LogisticRegression(max_iter=1000)),
        "gradient boosting, 200": (
            trees(),
            HistGradientBoostingClassifier(
                max_iter=200, categorical_features=preparation.categories, early_stopping=False
            ),
        ),
        "random forest, 200": (_coded(), RandomForestClassifier(200, n_jobs=1)),
    }


def _coded() -> ColumnTransformer:
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
    )
    return ColumnTransformer(
        [("categories", codes, CATEGORIES), ("numbers", "passthrough", NUMBERS)]
    )


def _data() -> tuple[pd.DataFrame, "np.ndarray[Any, Any]"]:
    random = np.random.default_rng(0)
    numbers = {name: random.normal(size=ROWS) for name in NUMBERS}
    categories = {
        name: random.choice([f"{name}-{letter}" for letter in "abcdefgh"], ROWS).astype(object)
        for name in CATEGORIES
    }
    score = sum(numbers.values()) + (categories["c0"] == "c0-a") * 2.0
    labels = np.where(score + random.normal(size=ROWS) > 0, "yes", "no").astype(object)
    frame = pd.DataFrame(numbers | categories)
    return frame.mask(random.random(frame.shape) < 0.05, np.nan), labels


def _artifact(graph: dict[str, Any]) -> bytes:
    features = [Feature(name, "float") for name in NUMBERS]
    features += [Feature(name, "category") for name in CATEGORIES]
    signature = Signature(tuple(features))
    header = Header(PIPELINE, "d", "c", "binary", "y", ("no", "yes"), signature, {})
    inputs = [[f.name, "category" if f.type == "category" else "number"] for f in features]
    return pack(header.to_json(), {"inputs": inputs, "model": graph})


def _compare(
    name: str, target: float, frame: pd.DataFrame, handlers: tuple[Handler, Handler]
) -> None:
    picked = frame.astype(object)
    instances = picked.where(picked.notna(), None).to_dict("records")
    event = _event(json.dumps({"instances": instances}))
    sample, own = (
        _microseconds(lambda handler=handler: handler(event, CONTEXT))  # type: ignore[misc]
        for handler in handlers
    )
    print(f"{name:24}{len(frame):>7}{sample:10.0f}us{own:10.0f}us{sample / own:8.1f}")
    BOARD.hold(f"whole handler, {len(frame)} rows, {name}", sample / own, target)


def _microseconds(call: Call) -> float:
    """CPU time of the fastest call; the first ones load and are not counted."""
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(3):
            assert call()["statusCode"] == 200  # noqa: S101 - what is timed must be the answer
        return least(call, SECONDS, 3) * 1e6


def _event(body: str) -> dict[str, Any]:
    path = f"/v1/pipelines/{PIPELINE}/predictions"
    return {
        "resource": "/pipelines/{name}/predictions",
        "path": path,
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "x-api-key": "k"},
        "multiValueHeaders": {"Content-Type": ["application/json"], "x-api-key": ["k"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"name": PIPELINE},
        "stageVariables": None,
        "requestContext": {"path": path, "stage": "v1", "requestId": "r", "identity": {}},
        "body": body,
        "isBase64Encoded": False,
    }


if __name__ == "__main__":
    main()
    print(BOARD.table())
