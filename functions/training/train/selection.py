"""Choose what to deliver: the default, the best candidate, or a small vote of good ones."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier, VotingRegressor
from train.candidates import Candidates
from train.channels import Dataset
from train.folds import Folds, predict
from train.journal import Journal

CONTENDERS = 12
PICKS = 8
MEMBERS = 4


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a model is made of: trials by number, each with its weight and parameters."""

    weights: Mapping[int, int]
    params: Mapping[int, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """How reports and logs call it."""
        if len(self.weights) > 1:
            return "vote"
        return f"trial {next(iter(self.weights))}"

    def make(self, candidates: Candidates) -> BaseEstimator:
        """The unfitted model; a vote of several, or the one pipeline itself."""
        models = {n: candidates.make(self.params[n]) for n in self.weights}
        if len(models) == 1:
            return next(iter(models.values()))
        members = [(f"trial_{n}", model) for n, model in models.items()]
        weights = [float(weight) for weight in self.weights.values()]
        if candidates.task == "regression":
            return VotingRegressor(members, weights=weights)
        return VotingClassifier(members, voting="soft", weights=weights)

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON types."""
        members = [
            {"trial": n, "weight": weight, "params": dict(self.params[n])}
            for n, weight in self.weights.items()
        ]
        return {"name": self.name, "members": members}


@dataclass(frozen=True, slots=True)
class Choice:
    """The recipe chosen, its model fitted on train alone, and each recipe's validation loss."""

    recipe: Recipe
    model: Any
    losses: dict[str, float]


def choose(dataset: Dataset, folds: Folds, journal: Journal) -> Choice:
    """Fit the shortlist on train and take the recipe with the least loss on validation."""
    best: tuple[Recipe, Any] | None = None
    losses: dict[str, float] = {}
    for recipe in shortlist(folds, journal):
        model = recipe.make(folds.candidates).fit(dataset.train.X, dataset.train.y)
        outputs = predict(model, dataset.validation.X, dataset.classes)
        losses[recipe.name] = folds.scorer.loss(folds.metric, dataset.validation.y, outputs)
        if best is None or losses[recipe.name] < losses[best[0].name]:
            best = recipe, model
    assert best is not None  # noqa: S101 - the search always scores the default
    return Choice(*best, losses)


def shortlist(folds: Folds, journal: Journal) -> list[Recipe]:
    """Vote, best single and default, without repeats; the vote is picked out of fold."""
    trials = sorted(journal.complete(), key=lambda trial: (trial.value, trial.number))
    default = min(trials, key=lambda trial: trial.number)
    weights = _vote(trials[:CONTENDERS], folds, journal)
    recipes = [
        _recipe(weights, trials),
        _recipe({trials[0].number: 1}, trials),
        _recipe({default.number: 1}, trials),
    ]
    return list({recipe.name: recipe for recipe in recipes}.values())


def _recipe(weights: Mapping[int, int], trials: list[FrozenTrial]) -> Recipe:
    return Recipe(weights, {t.number: t.params for t in trials if t.number in weights})


def _vote(trials: list[FrozenTrial], folds: Folds, journal: Journal) -> dict[int, int]:
    """Greedy selection with replacement (Caruana et al., 2004), of at most MEMBERS candidates."""
    outputs = {t.number: _outputs(t, folds, journal) for t in trials}
    picked: Counter[int] = Counter()
    total = np.zeros_like(next(iter(outputs.values())))
    best = float("inf")
    for size in range(1, PICKS + 1):
        allowed = picked if len(picked) == MEMBERS else outputs
        losses = {
            n: folds.scorer.loss(folds.metric, folds.channel.y, (total + outputs[n]) / size)
            for n in allowed
        }
        winner = min(losses, key=lambda n: (losses[n], n))
        if losses[winner] >= best:
            break
        best = losses[winner]
        picked[winner] += 1
        total = total + outputs[winner]
    return dict(sorted(picked.items()))


def _outputs(trial: FrozenTrial, folds: Folds, journal: Journal) -> np.ndarray:
    kept = journal.outputs(trial.number)
    if kept is not None and kept.shape == folds.blank().shape:
        return kept
    return folds.outputs(trial.params)
