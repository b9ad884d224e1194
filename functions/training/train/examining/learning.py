"""What more data would bring: the chosen model fitted to parts of the training rows."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.train.examining.comparison import compare
from training.train.examining.uncertainty import Answers, study
from training.train.rows.channels import Dataset
from training.train.searching.curve import Trying, best_rounds
from training.train.searching.fitting import Place, prepare
from training.train.searching.folds import Folds
from training.train.searching.selection import Choice

PARTS = (8, 3)
LEAST_ROWS, DEAR = 60, 2.0

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Point:
    """The metric on the validation channel after learning from so many rows."""

    rows: int
    validation: float

    def to_json(self) -> dict[str, Any]:
        """The point as JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Points from few rows to all of the training channel, and what they say in words."""

    points: tuple[Point, ...]
    note: str


def learning_curve(choice: Choice, dataset: Dataset, folds: Folds) -> LearningCurve | None:
    """The curve of an eighth, a third and all rows; None where a part has fewer than 60.

    A model that takes more than two fits of the default one is not fitted to the eighth.
    Of a vote its heaviest member learns, boosting as many rounds as are best for the part, which
    costs less than one fit; all rows were scored when it was chosen. In the order of time a part is
    the latest rows, of groups it is whole ones, else any. Whether the last step is more than noise
    is told by pairing both models on the validation rows.
    """
    n, answers, scorer = len(dataset.train), dict[str, Answers](), folds.scorer.at(None)
    dear = folds.candidates.cost(choice.recipe.params[choice.recipe.lead]) > DEAR
    sizes = [n // part for part in (PARTS[1:] if dear else PARTS)]
    parts = [(size, _part(dataset, size, folds.candidates.seed)) for size in sizes]
    if any(len(rows) < LEAST_ROWS or _one_class(dataset, rows) for _, rows in parts):
        return None
    for _, rows in parts:
        outputs = _outputs(choice, dataset, folds, rows)
        answers[str(len(rows))] = Answers(outputs, scorer)
    answers[str(n)] = Answers(choice.lead, scorer)
    y, metric = dataset.validation.y, folds.metric
    points = tuple(
        Point(int(rows), model.scorer.score(metric, y, model.outputs))
        for rows, model in answers.items()
    )
    return LearningCurve(points, _note(points, answers, metric, y))


def _part(dataset: Dataset, size: int, seed: int) -> Vector:
    n = len(dataset.train)
    if dataset.forward:
        return np.arange(n - size, n)
    rng = np.random.default_rng(seed)
    if dataset.groups is None:
        return np.sort(rng.permutation(n)[:size])
    known, groups = np.unique(dataset.groups, return_inverse=True)
    places = rng.permutation(len(known))[groups]
    return np.sort(np.argsort(places, kind="stable")[:size])


def _one_class(dataset: Dataset, rows: Vector) -> bool:
    return bool(dataset.classes) and len(np.unique(dataset.train.y[rows])) < 2


def _outputs(choice: Choice, dataset: Dataset, folds: Folds, rows: Vector) -> Vector:
    """The lead's outputs for validation after learning from these training rows."""
    unfitted = folds.candidates.make(choice.recipe.params[choice.recipe.lead])
    X, y = dataset.train.X.iloc[rows], dataset.train.y[rows]  # noqa: N806
    data = prepare(unfitted, X, y, dataset.validation.X)
    trying = Trying(folds.scorer, folds.metric, dataset.validation.y, data)
    curve = trying.draw(unfitted.steps[-1][1], Place())
    return curve.after(best_rounds([curve]))


def _note(points: tuple[Point, ...], answers: dict[str, Answers], metric: str, y: Vector) -> str:
    before, now = points[-2:]
    pair = {name: answers[str(point.rows)] for name, point in (("all", now), ("part", before))}
    found = compare(study(metric, y, pair, seed=0), "all", "part")
    said = (
        f"from {before.rows:,} to {now.rows:,} training rows {metric} on validation went from "
        f"{before.validation:.4g} to {now.validation:.4g}"
    )
    if found.low > 0:
        return f"more data would probably help: {said}, surely more than noise"
    return f"more rows alone would hardly help: {said}, which may be noise"
