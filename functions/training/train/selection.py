"""Choose what to deliver: the default, the best candidate, or a small vote of good ones."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier, VotingRegressor

from training.train.candidates import Candidates
from training.train.channels import Dataset
from training.train.folds import Folds, predict
from training.train.journal import Journal

CONTENDERS = 6
PICKS = 8
MEMBERS = 3

type Outputs = dict[int, np.ndarray]


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
    """The recipe chosen, its outputs for rows it had not seen, and what each recipe lost."""

    recipe: Recipe
    out_of_fold: np.ndarray
    validation: np.ndarray
    losses: dict[str, float]


def choose(dataset: Dataset, folds: Folds, journal: Journal) -> Choice:
    """Fit the shortlist on train and take the recipe that loses least on rows it has not seen.

    Those are the validation channel and, out of fold, the training channel itself: a small
    validation channel alone would let luck choose.
    """
    outputs = _contenders(folds, journal)
    params = {t.number: t.params for t in journal.complete() if t.number in outputs}
    y = np.concatenate([dataset.train.y[folds.held], dataset.validation.y])
    losses: dict[str, float] = {}
    choices: dict[str, Choice] = {}
    shortlist = _shortlist(outputs, folds)
    held = _held({number for weights in shortlist for number in weights}, params, dataset, folds)
    for weights in shortlist:
        recipe = Recipe(weights, {number: params[number] for number in weights})
        choice = Choice(recipe, _mix(weights, outputs), _mix(weights, held), losses)
        unseen = np.concatenate([choice.out_of_fold[folds.held], choice.validation])
        losses[recipe.name] = folds.scorer.loss(folds.metric, y, unseen)
        choices[recipe.name] = choice
    return choices[min(losses, key=lambda name: losses[name])]


def _held(
    numbers: set[int], params: Mapping[int, Mapping[str, Any]], dataset: Dataset, folds: Folds
) -> Outputs:
    """Each trial's outputs for the validation channel, after a fit on train."""
    outputs = {}
    for number in sorted(numbers):
        model = folds.candidates.make(params[number]).fit(dataset.train.X, dataset.train.y)
        outputs[number] = predict(model, dataset.validation.X, dataset.classes)
    return outputs


def _contenders(folds: Folds, journal: Journal) -> Outputs:
    """Out-of-fold outputs of the first trial and the best of each family, best first."""
    ranked = sorted(journal.complete(), key=lambda trial: (trial.value, trial.number))
    chosen = {min(trial.number for trial in ranked)}
    for family in {trial.params["family"] for trial in ranked}:
        kin = [trial for trial in ranked if trial.params["family"] == family]
        chosen |= {trial.number for trial in kin[:CONTENDERS]}
    return {t.number: _outputs(t, folds, journal) for t in ranked if t.number in chosen}


def _shortlist(outputs: Outputs, folds: Folds) -> list[dict[int, int]]:
    """The vote, the best single candidate and the first one, without repeats."""
    wanted = [_vote(outputs, folds), {next(iter(outputs)): 1}, {min(outputs): 1}]
    return [weights for k, weights in enumerate(wanted) if weights not in wanted[:k]]


def _vote(outputs: Outputs, folds: Folds) -> dict[int, int]:
    """Greedy selection with replacement (Caruana et al., 2004), of at most MEMBERS candidates."""
    picked: Counter[int] = Counter()
    best: tuple[float, dict[int, int]] = (float("inf"), {})
    for _ in range(PICKS):
        allowed = list(picked) if len(picked) == MEMBERS else list(outputs)
        losses = {n: _loss(picked + Counter([n]), outputs, folds) for n in allowed}
        winner = min(losses, key=lambda n: (losses[n], n))
        picked[winner] += 1
        if losses[winner] < best[0]:
            best = losses[winner], dict(sorted(picked.items()))
    weights = best[1]
    return {next(iter(weights)): 1} if len(weights) == 1 else weights


def _mix(weights: Mapping[int, int], outputs: Outputs) -> np.ndarray:
    total = np.zeros_like(next(iter(outputs.values())))
    for number, weight in weights.items():
        total += weight * outputs[number]
    return total / sum(weights.values())


def _loss(weights: Mapping[int, int], outputs: Outputs, folds: Folds) -> float:
    return folds.loss(_mix(weights, outputs))


def _outputs(trial: FrozenTrial, folds: Folds, journal: Journal) -> np.ndarray:
    kept = journal.outputs(trial.number)
    if kept is not None and kept.shape == folds.blank().shape:
        return kept
    return folds.outputs(trial.params)
