"""Measure the model on the frozen test rows, beside the champion, the default and a dumb baseline.

Challenger and champion are measured through the evaluator that serves them, on the same rows.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from tidemill.artifact import Artifact
from tidemill.errors import ArtifactError
from training.train.candidates import DEFAULT, Estimator
from training.train.channels import Dataset
from training.train.comparison import Paired
from training.train.folds import Folds, predict
from training.train.parity import outputs_of
from training.train.selection import Choice

IMPORTANCE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """Test outputs of every model, by role; a role that has no model is absent."""

    outputs: dict[str, np.ndarray]
    champion_version: str | None
    notes: list[str]


def measure(
    challenger: Artifact, champion: bytes | None, dataset: Dataset, folds: Folds
) -> Measured:
    """Run every model over the test rows; an unusable champion becomes a note."""
    rows, notes = dataset.test.rows(), list[str]()
    classes = bool(dataset.classes)
    outputs = {
        "challenger": outputs_of(challenger.predict(rows), classes),
        "baseline": _dumb(dataset, folds.metric),
        "default": _default(dataset, folds),
    }
    version = None
    if champion is not None:
        try:
            outputs["champion"], version = _champion(champion, challenger, rows)
        except ArtifactError as error:
            notes.append(f"the champion could not be measured: {error}")
    return Measured(outputs, version, notes)


def models(measured: Measured, choice: Choice, dataset: Dataset, folds: Folds) -> dict[str, Any]:
    """Every metric by role and channel; None where there is no champion.

    No number is of rows the scored model had seen: the challenger's train is out of fold, its
    validation is of a fit on train alone, its test is of the delivered model.
    """
    scorer, y = folds.scorer, dataset.test.y
    scores = {role: {"test": scorer.scores(y, o)} for role, o in measured.outputs.items()}
    scores["challenger"] |= {
        "train": scorer.scores(dataset.train.y[folds.held], choice.out_of_fold[folds.held]),
        "validation": scorer.scores(dataset.validation.y, choice.validation),
    }
    return {"champion": None, **scores}


def comparisons(measured: Measured, dataset: Dataset, folds: Folds) -> dict[str, Any]:
    """The challenger against each other role, paired on the test rows."""
    paired = Paired(folds.scorer, folds.metric, dataset.test.y, folds.candidates.seed)
    challenger = measured.outputs["challenger"]
    found = {
        role: paired.compare(challenger, outputs).to_json()
        for role, outputs in measured.outputs.items()
        if role != "challenger"
    }
    return {"champion": None, **found}


def importances(model: Estimator, dataset: Dataset, folds: Folds) -> dict[str, float]:
    """How much the metric's loss grows on test when one feature is shuffled, most first."""
    used = {*dataset.numeric, *dataset.categorical}
    rows = min(IMPORTANCE_ROWS, len(dataset.test))

    def score(fitted: Estimator, frame: pd.DataFrame, y: np.ndarray) -> float:
        return -folds.scorer.loss(folds.metric, y, predict(fitted, frame, dataset.classes))

    found = permutation_importance(
        model,
        dataset.test.X.iloc[:rows],
        dataset.test.y[:rows],
        scoring=score,
        n_repeats=2,
        random_state=folds.candidates.seed,
    )
    pairs = zip(map(str, dataset.test.X), found.importances_mean.tolist(), strict=True)
    return dict(sorted((p for p in pairs if p[0] in used), key=lambda pair: -pair[1]))


def _champion(
    data: bytes, challenger: Artifact, rows: list[dict[str, Any]]
) -> tuple[np.ndarray, str]:
    champion = Artifact.load(data)
    ours, theirs = challenger.header, champion.header
    if (theirs.task, theirs.target) != (ours.task, ours.target):
        raise ArtifactError(f"it predicts {theirs.target} ({theirs.task})")
    answers = champion.predict(rows)
    if not ours.classes:
        return outputs_of(answers, probabilities=False), theirs.dataset_version
    position = {label: k for k, label in enumerate(theirs.classes)}
    given = outputs_of(answers, probabilities=True)
    outputs = np.zeros((len(rows), len(ours.classes)))
    for k, label in enumerate(ours.classes):
        if label in position:
            outputs[:, k] = given[:, position[label]]
    return outputs, theirs.dataset_version


def _dumb(dataset: Dataset, metric: str) -> np.ndarray:
    """What one can say without looking at a row: the mean, the median, or the classes' shares."""
    y = dataset.development.y
    if dataset.classes:
        shares = [float(np.mean(y == label)) for label in dataset.classes]
        return np.tile(shares, (len(dataset.test), 1))
    return np.full(len(dataset.test), np.median(y) if metric == "mae" else np.mean(y))


def _default(dataset: Dataset, folds: Folds) -> np.ndarray:
    development = dataset.development
    model = folds.candidates.make(DEFAULT).fit(development.X, development.y)
    return predict(model, dataset.test.X, dataset.classes)
