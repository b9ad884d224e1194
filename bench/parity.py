"""Whether exported models answer as scikit-learn does, on three open data sets, row for row.

    python -m bench.parity [data set ...]

Every family that a search tries or that can be exported, on all rows of the data set and on
adversarial ones: nulls, unseen categories, extremes, and values on and one ulp beside thresholds of
splits. The kernel is held to scikit-learn, and the evaluator in pure Python to the kernel.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.problems import PROBLEMS, Problem
from bench.targets import BOARD
from tidemill.artifact import Artifact, Header
from tidemill.artifact.document import pack, unpack
from training.train.deciding import calibration
from training.train.deciding.decided import Decided
from training.train.exporting.export import graph_of
from training.train.exporting.parity import TOLERANCE, Parity, check
from training.train.rows import channels
from training.train.rows.channels import Channel
from training.train.rows.dataset import Dataset, Estimator, rows_of
from training.train.searching.candidates import QUICK, Candidates

TREES = 40
THRESHOLDS = 5_000
FORESTS = {
    "regression": (RandomForestRegressor, ExtraTreesRegressor),
    "binary": (RandomForestClassifier, ExtraTreesClassifier),
}


@dataclass(frozen=True, slots=True)
class Examined:
    """What was seen of one model; `python_rows` are those that pure Python answered too."""

    family: str
    parity: Parity
    python_rows: int


def main() -> None:
    """Print a line per data set and family."""
    print(f"{'data set':16}{'family':22}{'rows':>8}{'edges':>8}{'difference':>12}{'flips':>7}")
    for name in sys.argv[1:] or PROBLEMS:
        seen = list(examine(PROBLEMS[name](), TREES, THRESHOLDS))
        for each in seen:
            found = each.parity
            print(
                f"{name:16}{each.family:22}{found.rows:>8}{found.adversarial_rows:>8}"
                f"{found.largest_difference:12.1e}{found.label_flips:>7}"
            )
        most = max(each.parity.largest_difference for each in seen)
        flips = sum(each.parity.label_flips for each in seen)
        BOARD.hold(f"largest difference / 1e-12, {name}", most / TOLERANCE, 1, most=True)
        BOARD.hold(f"labels that differ, {name}", flips, 0, unit="", most=True)


def examine(
    problem: Problem, trees: int, thresholds: int, python_rows: int | None = None
) -> Iterator[Examined]:
    """Every family, fitted to the training rows; ExportParityError where one differs.

    Pure Python answers the first `python_rows`, or all.
    """
    dataset = load(problem)
    for family, model in families(dataset, trees):
        with threadpool_limits(1):
            graph = graph_of(model, dataset)
            artifact = artifact_of(graph, dataset)
            seen = check(dataset.delivered(model), artifact, graph, dataset, thresholds)
        rows = rows_of(dataset.validation.raw.head(python_rows or len(dataset.validation)))
        differ = sum(a != b for a, b in zip(artifact.predict(rows), artifact.reference(rows),
                                            strict=True))  # fmt: skip
        if differ:
            raise AssertionError(f"{family}: pure Python differs in {differ} rows")
        yield Examined(family, seen, len(rows))


def load(problem: Problem) -> Dataset:
    """The data set as a run reads it, with all of its rows to be examined."""
    contract = problem.contract
    with TemporaryDirectory() as scratch:
        folders = {}
        for name, part in problem.channels(0).items():
            folders[name] = Path(scratch) / name
            folders[name].mkdir()
            part.to_parquet(folders[name] / "rows.parquet")
        read = channels.load(folders, contract, contract.problem)
    parts = (read.train, read.validation, read.test)
    whole = Channel(
        pd.concat([part.X for part in parts], ignore_index=True),
        np.concatenate([part.y for part in parts]),
        pd.concat([part.raw for part in parts], ignore_index=True),
    )
    return replace(read, validation=whole)


def families(dataset: Dataset, trees: int) -> Iterator[tuple[str, Estimator]]:
    """Each by its name, fitted."""
    regression = not dataset.classes
    task = "regression" if regression else "binary"
    candidates = Candidates(task, "rmse" if regression else "log_loss", dataset.preparation, 0)
    quick = QUICK | {"max_iter": trees}
    tried = {f"linear, degree {p['degree']}": p for p in candidates.starts() if "degree" in p}
    tried["boosting"] = quick
    if regression:
        tried["boosting, poisson"] = quick | {"loss": "poisson"}
    made = {name: candidates.make(params) for name, params in tried.items()}
    voting = VotingRegressor if regression else VotingClassifier
    members = [
        (str(k), candidates.make(p)) for k, p in enumerate((tried["linear, degree 1"], quick))
    ]
    options = {} if regression else {"voting": "soft"}
    made["vote"] = voting(members, weights=[1.0, 2.0], **options)
    for forest in FORESTS[task]:
        model = forest(trees, random_state=0, min_samples_leaf=2)
        columns = dataset.preparation.trees()
        made[forest.__name__] = Pipeline([("columns", columns), ("model", model)])
    for name, model in made.items():
        yield name, model.fit(dataset.train.X, dataset.train.y)
    if not regression:
        yield from _decided(made["boosting"], dataset)


def _decided(model: Estimator, dataset: Dataset) -> Iterator[tuple[str, Estimator]]:
    """With its probabilities corrected, and a threshold of its own."""
    outputs = model.predict_proba(dataset.test.X)
    codes = np.searchsorted(model.classes_, dataset.test.y)
    for method in ("sigmoid", "isotonic"):
        correction = calibration.fit(method, codes, outputs)
        yield f"boosting, {method}", Decided(model, correction, threshold=0.25)


def artifact_of(graph: dict[str, object], dataset: Dataset) -> Artifact:
    """The artifact, through its bytes, answered by the kernel."""
    task, classes = ("binary", dataset.classes) if dataset.classes else ("regression", [])
    header = Header("p", "d", "c", task, "y", tuple(classes), dataset.signature, {})  # type: ignore[arg-type]
    data = pack(header.to_json(), graph)
    artifact = Artifact.load(data)
    if artifact.evaluator != "kernel" or unpack(data)[1].keys() != graph.keys():
        raise AssertionError("the kernel does not answer this model")
    return artifact


if __name__ == "__main__":
    main()
    print(BOARD.table())
