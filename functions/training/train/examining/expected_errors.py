"""A small model of a regression's errors, by which they are expected where no outcomes are.

Direct loss estimation: boosting expects a row's absolute and squared error by its features and by
what was answered, learnt from rows that the answers had not seen. The test rows, which it has not
seen either, say how its expectations are to be read, and how far single errors lie from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from tidemill.artifact import Artifact, Feature
from tidemill.errors import ExportParityError
from training.train.exporting.export import export
from training.train.exporting.parity import TOLERANCE, outputs_of
from training.train.measuring.outputs import predict
from training.train.rows.channels import Dataset
from training.train.rows.dataset import Channel, Estimator, rows_of
from training.train.rows.reading import reader_of
from training.train.searching.folds import Folds
from training.train.searching.selection import Choice
from training.train.settings import RunSettings

LOSSES = {"absolute": np.abs, "squared": np.square}
FILE = "expected_{}_error.tidemill"
ANSWER = "answer"
MOST_ROWS, LEAST_ROWS = 20_000, 100
ROUNDS, LEAVES, PACE, LEAF_SHARE = 80, 8, 0.08, 0.02
HELD = 0.3
FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class Answered:
    """Raw rows, what came true of them, and what a model that had not seen them answered."""

    raw: pd.DataFrame
    y: np.ndarray
    answers: np.ndarray

    def drawn(self, seed: int) -> "Answered":
        """At most 20,000 of them."""
        rows = np.sort(np.random.default_rng(seed).permutation(len(self.y))[:MOST_ROWS])
        return Answered(self.raw.iloc[rows], self.y[rows], self.answers[rows])

    def frame(self, answer: str) -> pd.DataFrame:
        """The rows with what was answered as a further feature."""
        return self.raw.reset_index(drop=True).assign(**{answer: self.answers})


@dataclass(frozen=True, slots=True)
class ExpectedErrors:
    """`findings` are the evaluation's, `files` lie beside the model by their names."""

    findings: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


def errors_of(
    choice: Choice, folds: Folds, dataset: Dataset, settings: RunSettings, outputs: np.ndarray
) -> ExpectedErrors:
    """Of a regression, by rows held out from the chosen recipe; `outputs` are of the test rows."""
    if dataset.classes:
        return ExpectedErrors({})
    raw = pd.concat([dataset.train.raw.iloc[folds.held], dataset.validation.raw])
    answers = np.concatenate([choice.out_of_fold[folds.held], choice.validation])
    test = Answered(dataset.test.raw, dataset.test.y, outputs)
    return expect_errors(Answered(raw, folds.y, answers), test, dataset, settings)


def expect_errors(
    learnt: Answered, test: Answered, dataset: Dataset, settings: RunSettings
) -> ExpectedErrors:
    """Learn what errors to expect; of too few rows, or none that errs, nothing is.

    Texts and moments are not looked at: they are costly, and moments to come are beyond all seen.
    """
    learnt = learnt.drawn(settings.seed)
    if not (dataset.numeric or dataset.categorical):
        return ExpectedErrors({"reason": "only texts and moments tell of its errors"})
    if len(learnt.y) < LEAST_ROWS or len(test.y) < LEAST_ROWS:
        return ExpectedErrors({"reason": f"fewer than {LEAST_ROWS} rows tell of its errors"})
    if min(np.ptp(np.abs(each.y - each.answers)) for each in (learnt, test)) <= 0:
        return ExpectedErrors({"reason": "its errors on held out rows are all the same"})
    widened, answer = _widened(dataset, learnt)
    files, losses = {}, {}
    for name, loss in LOSSES.items():
        truth = loss(learnt.y - learnt.answers)
        model = _fit(widened, learnt.frame(answer), truth, settings.seed)
        body = export(model, widened, settings)
        expected = _checked(widened.delivered(model), body, test.frame(answer))
        file = FILE.format(name)
        files[file] = body
        reading = read(expected, loss(test.y - test.answers))
        losses[name] = {"file": file, "sha256": sha256(body).hexdigest(), **reading}
    names = [*widened.numeric, *widened.categorical]
    types = {feature.name: feature.type for feature in dataset.signature.features}
    findings = {
        "losses": losses,
        "answer": answer,
        "reads": {name: types[name] for name in names if name != answer},
        "ranges": _ranges(pd.concat([learnt.raw, test.raw]), dataset.numeric),
    }
    return ExpectedErrors(findings, files)


def read(expected: np.ndarray, losses: np.ndarray) -> dict[str, Any]:
    """How expectations are to be read: a line through the test's losses, and what it leaves open.

    Bayesian linear regression, weighted for errors that grow with what is expected; a prior holds
    the line within about a half of the expectations as they are.
    """
    middle = float(expected.mean())
    scale = np.maximum(expected, FLOOR * middle)
    design = np.column_stack([middle / scale, expected / scale])
    told, start = losses / scale, np.array([0.0, 1.0])
    firm = np.eye(2) / HELD**2
    noise = float(np.var(told))
    for _ in range(3):
        bend = design.T @ design / noise + firm
        place = np.linalg.solve(bend, design.T @ told / noise + firm @ start)
        noise = float(np.mean((told - design @ place) ** 2))
    unit = np.diag([middle, 1.0])
    spread = unit @ np.linalg.inv(bend) @ unit
    return {
        "offset": float(place[0] * middle),
        "slope": float(place[1]),
        "spread": spread.tolist(),
        "noise": noise,
    }


def _widened(dataset: Dataset, learnt: Answered) -> tuple[Dataset, str]:
    """The dataset with a further feature, whose name no other has."""
    answer = ANSWER
    while answer in dataset.signature.names:
        answer += "_"
    preparation = replace(
        dataset.preparation,
        rows=len(learnt.y),
        numeric=[*dataset.numeric, answer],
        moments=[],
        texts=[],
    )
    kept = {*preparation.numeric, *preparation.categorical}
    features = [f for f in dataset.signature.features if f.name in kept]
    signature = dataset.signature._replace(features=(*features, Feature(answer, "float")))
    reader = reader_of(preparation, learnt.frame(answer))
    empty = Channel(pd.DataFrame(), np.zeros(0))
    widened = replace(
        dataset, preparation=preparation, signature=signature, reader=reader, train=empty
    )
    return replace(widened, validation=empty, test=empty), answer


def _fit(dataset: Dataset, frame: pd.DataFrame, losses: np.ndarray, seed: int) -> Pipeline:
    """Boosting with a logarithmic link, of few and shallow trees."""
    boosting = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        learning_rate=PACE,
        min_samples_leaf=max(20, int(LEAF_SHARE * len(losses))),
        categorical_features=dataset.preparation.categories or None,
        early_stopping=False,
        random_state=seed,
    )
    model = Pipeline([("columns", dataset.preparation.trees()), ("model", boosting)])
    reader: Estimator = dataset.reader
    return model.fit(reader.transform(frame), losses)


def _checked(model: Pipeline, body: bytes, frame: pd.DataFrame) -> np.ndarray:
    """What the artifact expects of rows; ExportParityError where scikit-learn says otherwise."""
    expected = predict(model, frame, [])
    given = outputs_of(Artifact.load(body).predict(rows_of(frame)), probabilities=False)
    gap = float(np.max(np.abs(given - expected) / np.maximum(1.0, np.abs(expected))))
    if not gap <= TOLERANCE:
        raise ExportParityError(f"expected errors differ from scikit-learn's by {gap:g}")
    return given


def _ranges(raw: pd.DataFrame, names: Sequence[str]) -> dict[str, list[float]]:
    """From the least to the largest number of each feature that has any."""
    known = {name: raw[name].dropna() for name in names}
    return {n: [float(c.min()), float(c.max())] for n, c in known.items() if len(c)}
