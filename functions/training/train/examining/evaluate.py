"""Measure the model on the frozen test rows, beside the champion, the default and a dumb baseline.

Challenger and champion are measured through the evaluator that serves them, on the same rows.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from tidemill.artifact import Artifact
from tidemill.errors import ArtifactError
from tidemill.evaluation import Serving
from tidemill.records import Agreement
from training.train.examining.comparison import compare, intervals
from training.train.examining.uncertainty import Answers, study
from training.train.exporting.parity import outputs_of
from training.train.measuring.metrics import Scorer
from training.train.measuring.outputs import aligned, predict, winners
from training.train.rows.channels import Dataset
from training.train.rows.dataset import rows_of
from training.train.searching.candidates import DEFAULT
from training.train.searching.folds import Folds
from training.train.searching.selection import Choice

SERVED, WARM_UP, LEAST_SHARED = 200, 20, 2
KINDS = {"int": "number", "float": "number", "bool": "number", "text": "category"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What every model says of the test rows, by role; a role that has no model is absent."""

    answers: dict[str, Answers]
    champion_version: str | None
    notes: list[str]


def measure(
    challenger: Artifact, champion: bytes | None, dataset: Dataset, folds: Folds
) -> Measured:
    """Run every model over the test rows; an unusable champion becomes a note."""
    rows, notes = dataset.test.rows(), list[str]()
    scorer = Scorer(folds.scorer.task, dataset.classes)
    said = outputs_of(challenger.predict(rows), bool(dataset.classes))
    answers = {
        "challenger": Answers(said, scorer.at(challenger.threshold)),
        "baseline": Answers(_dumb(dataset, folds.metric), scorer),
        "default": Answers(_default(dataset, folds), scorer),
    }
    version = None
    if champion is not None:
        try:
            answers["champion"], version = _champion(champion, challenger, rows, scorer)
        except ArtifactError as error:
            notes.append(f"the champion could not be measured: {error}")
    return Measured(answers, version, notes)


def models(measured: Measured, choice: Choice, dataset: Dataset, folds: Folds) -> dict[str, Any]:
    """Every metric by role and channel; None where there is no champion.

    No number is of rows the scored model had seen: the challenger's train is out of fold, its
    validation is of a fit on train alone, its test is of the delivered model.
    """
    y, held = dataset.test.y, folds.held
    scores = {
        role: {"test": model.scorer.scores(y, model.outputs)}
        for role, model in measured.answers.items()
    }
    scorer = measured.answers["challenger"].scorer
    scores["challenger"] |= {
        "train": scorer.scores(dataset.train.y[held], choice.out_of_fold[held]),
        "validation": scorer.scores(dataset.validation.y, choice.validation),
    }
    return {"champion": None, **scores}


def agreement(measured: Measured) -> dict[str, Any] | None:
    """How the challenger's answers to the test rows differ from the champion's; None without one.

    Of classes, the probabilities of the last one are compared, and the labels.
    """
    champion, challenger = (measured.answers.get(r) for r in ("champion", "challenger"))
    if champion is None or challenger is None or measured.champion_version is None:
        return None
    pair = [challenger.outputs, champion.outputs]
    apart = np.subtract(*(said if said.ndim == 1 else said[:, -1] for said in pair))
    differ = 0.0
    if pair[0].ndim > 1:
        labels = [winners(each.outputs, each.scorer.threshold) for each in (challenger, champion)]
        differ = float(np.mean(labels[0] != labels[1]))
    return Agreement(
        rows=len(apart),
        difference=float(np.mean(apart)),
        square=float(np.mean(apart**2)),
        disagreement=differ,
        champion_dataset_version=measured.champion_version,
    ).model_dump()


def uncertainty(
    measured: Measured, dataset: Dataset, metrics: Iterable[str], seed: int
) -> dict[str, Any]:
    """The first metric's comparisons with each other role, and each metric's 95 % intervals."""
    found = {m: study(m, dataset.test.y, measured.answers, seed) for m in dict.fromkeys(metrics)}
    first = next(iter(found.values()))
    compared = {
        role: compare(first, "challenger", role).model_dump()
        for role in measured.answers
        if role != "challenger"
    }
    bounds: dict[str, dict[str, tuple[float, float]]] = {}
    for metric, one in found.items():
        for role, pair in intervals(one, metric, ("challenger", "champion")).items():
            bounds.setdefault(role, {})[metric] = pair
    return {"comparisons": {"champion": None, **compared}, "intervals": bounds}


def serving(artifact: Artifact, size: int, dataset: Dataset) -> Serving:
    """What one prediction takes: the median of 200, one row at a time, after a few to warm up."""
    rows = rows_of(dataset.test.raw.head(SERVED))
    spent = []
    for k in range(WARM_UP + SERVED):
        row = [rows[k % len(rows)]]
        started = time.perf_counter()
        artifact.predict(row)
        spent.append(time.perf_counter() - started)
    return Serving(latency_ms=1000 * median(spent[WARM_UP:]), artifact_bytes=size)


def _champion(
    data: bytes, challenger: Artifact, rows: list[dict[str, Any]], scorer: Scorer
) -> tuple[Answers, str]:
    champion = Artifact.load(data)
    ours, theirs = challenger.header, champion.header
    if (theirs.task, theirs.target) != (ours.task, ours.target):
        raise ArtifactError(f"it predicts {theirs.target} ({theirs.task})")
    if ours.classes and len(set(ours.classes) & set(theirs.classes)) < LEAST_SHARED:
        raise ArtifactError(f"its classes are {', '.join(map(str, theirs.classes))}")
    _require_types(challenger, champion)
    said, own = champion.predict(rows), scorer.at(champion.threshold)
    if not ours.classes:
        return Answers(outputs_of(said, probabilities=False), own), theirs.dataset_version
    outputs = aligned(outputs_of(said, probabilities=True), theirs.classes, ours.classes)
    return Answers(outputs, own), theirs.dataset_version


def _require_types(challenger: Artifact, champion: Artifact) -> None:
    """ArtifactError where a column of both is of another kind now: the rows mean something else."""
    now = {feature.name: feature.type for feature in challenger.signature.features}
    for feature in champion.signature.features:
        kind = now.get(feature.name, feature.type)
        if KINDS.get(kind, kind) != KINDS.get(feature.type, feature.type):
            raise ArtifactError(f"it takes {feature.name} as {feature.type}, which is {kind} now")


def _dumb(dataset: Dataset, metric: str) -> np.ndarray:
    """What one can say without looking at a row: the mean, the median, or the classes' shares."""
    y = dataset.targets
    if dataset.classes:
        shares = [float(np.mean(y == label)) for label in dataset.classes]
        return np.tile(shares, (len(dataset.test), 1))
    return np.full(len(dataset.test), np.median(y) if metric == "mae" else np.mean(y))


def _default(dataset: Dataset, folds: Folds) -> np.ndarray:
    development = dataset.development
    model = folds.candidates.make(DEFAULT).fit(development.X, development.y)
    return predict(model, dataset.test.X, dataset.classes)
