"""What it takes to explain an answer, beside the `shap` package on the same fitted models.

`python -m bench.explain [--rows N]`. Both begin with rows as they came and take several at once.
Times are of the thread's own CPU, for one row. The difference is of the forest alone: shap does
not see boosting's categories as the model does.
"""

import argparse
from typing import Any

import numpy as np
import pandas as pd
import shap
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.inference import CATEGORIES, NAMES, NUMBERS, generated, least, models
from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from training.train.exporting.export import export_model

EXPLAINED = {"logistic regression": 100, "gradient boosting 200": 50, "random forest 200": 5}
SECONDS = 1.0


def exported(model: Pipeline, frame: pd.DataFrame) -> bytes:
    """The model's artifact, with the averages of the rows that it learnt from."""
    kinds = dict.fromkeys(CATEGORIES, "category") | dict.fromkeys(NUMBERS, "number")
    features = [Feature(name, "category") for name in CATEGORIES]
    features += [Feature(name, "float") for name in NUMBERS]
    header = Header("bench", "d", "c", "binary", "y", (0, 1), Signature(tuple(features)), {})
    graph = {
        "inputs": [[name, kinds[name]] for name in NAMES],
        "model": export_model(model, NAMES, frame),
    }
    return pack(header.to_json(), graph)


def peer(model: Pipeline, frame: pd.DataFrame) -> Any:  # noqa: ANN401 - shap ships no types
    """The explainer that shap has for the last step."""
    if hasattr(model[-1], "coef_"):
        background = model[:-1].transform(frame.head(1000))
        return shap.LinearExplainer(model[-1], shap.maskers.Independent(background, 1000))
    return shap.TreeExplainer(model[-1], feature_perturbation="tree_path_dependent")


def compare(name: str, model: Pipeline, frame: pd.DataFrame) -> None:
    """Print what one row takes on either side, and how many a request may hold."""
    many = frame.head(EXPLAINED[name])
    artifact = Artifact.load(exported(model, frame))
    rows: list[Any] = many.astype(object).where(many.notna(), None).to_dict("records")
    values = [answer.value for answer in artifact.predict(rows)]
    explainer = artifact.explainer

    def ours() -> list[Any]:
        return [explainer.explain(*pair) for pair in zip(rows, values, strict=True)]

    explaining = peer(model, frame)

    def theirs() -> Any:  # noqa: ANN401 - shap ships no types
        return explaining.shap_values(model[:-1].transform(many))

    theirs_spent = least(theirs, SECONDS, 2) / len(rows)
    spent = least(ours, SECONDS, 2) / len(rows)
    print(
        f"  {name:24} {theirs_spent * 1e6:10.1f} µs {spent * 1e6:10.1f} µs"
        f" {theirs_spent / spent:6.1f} x   up to {explainer.most_rows} rows a request,"
        f" {explainer.most_rows * spent:.2f} s"
    )
    if name.startswith("random forest"):
        total = np.asarray(theirs())[:, :, 1].sum(axis=1)
        own = np.array([sum(found.contributions.values()) for found in ours()])
        print(f"  {'':24} largest difference of sums {np.abs(total - own).max():.1e}")


def main() -> None:
    """Fit, explain, measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=5_000, help="to learn from")
    frame, y = generated(options.parse_args().rows)
    print(f"\nexplanations: shap {shap.__version__}, Tidemill, ratio; a row of 14 columns")
    with threadpool_limits(1):
        for name, model in models().items():
            compare(name, model.fit(frame, y), frame)


if __name__ == "__main__":
    main()
