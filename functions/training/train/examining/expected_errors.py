"""A small model of a regression's errors, by which they are expected where no outcomes are.

Direct loss estimation: boosting expects a row's absolute and squared error by its features and by
what was answered, learnt from rows of the training that the answers had not seen. The test's rows,
which it has not learnt from, say whenever they are asked how its expectations are to be read.
"""

from collections.abc import Callable, Sequence
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
ROUNDS, LEAVES, PACE, LEAF_SHARE = 100, 16, 0.08, 0.01


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


@dataclass(frozen=True, slots=True)
class Fit:
    """Boosting of a loss with a logarithmic link; of the same rows always the same."""

    dataset: Dataset
    answer: str
    loss: Callable[[np.ndarray], np.ndarray]
    seed: int

    def of(self, learnt: Answered) -> Pipeline:
        """A model of the losses of these rows."""
        losses = self.loss(learnt.y - learnt.answers)
        boosting = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=ROUNDS,
            max_leaf_nodes=LEAVES,
            learning_rate=PACE,
            min_samples_leaf=max(20, int(LEAF_SHARE * len(losses))),
            categorical_features=self.dataset.preparation.categories or None,
            early_stopping=False,
            random_state=self.seed,
        )
        model = Pipeline([("columns", self.dataset.preparation.trees()), ("model", boosting)])
        reader: Estimator = self.dataset.reader
        return model.fit(reader.transform(learnt.frame(self.answer)), losses)


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
    learnt, test = learnt.drawn(settings.seed), test.drawn(settings.seed)
    if not (dataset.numeric or dataset.categorical):
        return ExpectedErrors({"reason": "only texts and moments tell of its errors"})
    if len(learnt.y) < LEAST_ROWS or len(test.y) < LEAST_ROWS:
        return ExpectedErrors({"reason": f"fewer than {LEAST_ROWS} rows tell of its errors"})
    if min(np.ptp(np.abs(each.y - each.answers)) for each in (learnt, test)) <= 0:
        return ExpectedErrors({"reason": "its errors on held out rows are all the same"})
    widened, answer = _widened(dataset, learnt)
    files, losses = {}, {}
    for name, loss in LOSSES.items():
        fit = Fit(widened, answer, loss, settings.seed)
        model = fit.of(learnt)
        body = export(model, widened, settings)
        _require_same(widened.delivered(model), body, test.frame(answer))
        file = FILE.format(name)
        files[file] = body
        losses[name] = {"file": file, "sha256": sha256(body).hexdigest()}
    findings = {
        "losses": losses,
        "answer": answer,
        "ranges": _ranges(pd.concat([learnt.raw, test.raw]), dataset.numeric),
    }
    return ExpectedErrors(findings, files)


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


def _require_same(model: Pipeline, body: bytes, frame: pd.DataFrame) -> None:
    """ExportParityError where scikit-learn expects otherwise of these rows."""
    expected = predict(model, frame, [])
    given = outputs_of(Artifact.load(body).predict(rows_of(frame)), probabilities=False)
    gap = float(np.max(np.abs(given - expected) / np.maximum(1.0, np.abs(expected))))
    if not gap <= TOLERANCE:
        raise ExportParityError(f"expected errors differ from scikit-learn's by {gap:g}")


def _ranges(raw: pd.DataFrame, names: Sequence[str]) -> dict[str, list[float]]:
    """From the least to the largest number of each feature that has any."""
    known = {name: raw[name].dropna() for name in names}
    return {n: [float(c.min()), float(c.max())] for n, c in known.items() if len(c)}
