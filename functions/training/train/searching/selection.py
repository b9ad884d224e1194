"""Choose what to deliver: the cheapest to serve of what is as good as the best, within noise."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial

from training.train.searching.curve import Unseen
from training.train.searching.fitting import Place
from training.train.searching.folds import Folds
from training.train.searching.journal import Journal
from training.train.searching.noise import standard_error
from training.train.searching.recipe import Recipe

CONTENDERS = 6
PICKS = 8
MEMBERS = 3
MOST_GIVEN_AWAY = 0.005

type Outputs = dict[int, Unseen]
type Weights = dict[int, int]


@dataclass(frozen=True, slots=True)
class Considered:
    """A recipe beside the best: how far behind its loss is, how surely, and what serving costs.

    `within` says that it is not behind by more than one standard error, nor by more than half a
    percent of the best loss. `cost` counts nodes, products and columns a row.
    """

    name: str
    loss: float
    behind: float
    standard_error: float
    cost: float
    within: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The recipe chosen, its outputs for rows it had not seen, and what else was considered.

    `lead` is what the heaviest of its members says of validation.
    """

    recipe: Recipe
    out_of_fold: np.ndarray
    validation: np.ndarray
    lead: np.ndarray
    best: str
    considered: list[Considered]

    @property
    def losses(self) -> dict[str, float]:
        """What each recipe considered lost."""
        return {one.name: one.loss for one in self.considered}

    def to_json(self) -> dict[str, Any]:
        """How it was chosen, as JSON types."""
        return {
            "rule": "one standard error",
            "best": self.best,
            "chosen": self.recipe.name,
            "considered": [asdict(one) for one in self.considered],
        }


def choose(folds: Folds, journal: Journal) -> Choice:
    """The cheapest recipe to serve among those within one standard error of the best.

    All are compared on the rows they have not seen: the validation channel and, out of fold, the
    training channel itself; a small validation channel alone would let luck choose. The error is
    that of the paired difference to the best, on the same rows. What a cheaper recipe may give
    away is bounded (MOST_GIVEN_AWAY), so that few rows, which tell nothing apart, do not choose
    the cheapest of all.
    """
    outputs = _contenders(folds, journal)
    params = {
        trial.number: _params(trial) for trial in journal.complete() if trial.number in outputs
    }
    shortlist = _shortlist(outputs, folds)
    recipes = [Recipe(w, {number: params[number] for number in w}) for w in shortlist]
    unseen = [_mix(weights, outputs) for weights in shortlist]
    losses = [folds.loss(one) for one in unseen]
    best = int(np.argmin(losses))
    considered = [
        _consider(folds, recipe, loss, losses[best], (one, unseen[best]))
        for recipe, loss, one in zip(recipes, losses, unseen, strict=True)
    ]
    within = [k for k, one in enumerate(considered) if one.within]
    chosen = min(within, key=lambda k: (considered[k].cost, considered[k].loss, k))
    return Choice(
        recipes[chosen],
        unseen[chosen].out_of_fold,
        unseen[chosen].validation,
        outputs[recipes[chosen].lead].validation,
        best=considered[best].name,
        considered=considered,
    )


def _consider(
    folds: Folds, recipe: Recipe, loss: float, least: float, pair: tuple[Unseen, Unseen]
) -> Considered:
    error = standard_error(folds, folds.pooled(pair[0]), folds.pooled(pair[1]))
    behind = loss - least
    return Considered(
        name=recipe.name,
        loss=loss,
        behind=behind,
        standard_error=error,
        cost=round(recipe.cost(folds.candidates, len(folds.scorer.classes)), 1),
        within=behind <= min(error, MOST_GIVEN_AWAY * abs(least)),
    )


def _params(trial: FrozenTrial) -> dict[str, Any]:
    rounds = trial.user_attrs["rounds"]
    return trial.params | ({"max_iter": rounds} if rounds else {})


def _contenders(folds: Folds, journal: Journal) -> Outputs:
    """Outputs of the best trials of each family, the least loss on unseen rows first."""
    ranked = sorted(journal.complete(), key=lambda trial: (trial.value, trial.number))
    chosen: list[FrozenTrial] = []
    for family in sorted({trial.params["family"] for trial in ranked}):
        chosen += [t for t in ranked if t.params["family"] == family][:CONTENDERS]
    outputs = {trial.number: _outputs(trial, folds, journal) for trial in chosen}
    return dict(sorted(outputs.items(), key=lambda pair: (folds.loss(pair[1]), pair[0])))


def _shortlist(outputs: Outputs, folds: Folds) -> list[Weights]:
    """The vote, and the contenders alone."""
    vote = _vote(outputs, folds)
    singles: list[Weights] = [{number: 1} for number in outputs]
    return [vote, *singles] if len(vote) > 1 else singles


def _vote(outputs: Outputs, folds: Folds) -> Weights:
    """Greedy selection with replacement (Caruana et al., 2004), of at most MEMBERS candidates."""
    picked: Counter[int] = Counter()
    best: tuple[float, Weights] = (float("inf"), {})
    for _ in range(PICKS):
        allowed = list(picked) if len(picked) == MEMBERS else list(outputs)
        losses = {n: folds.loss(_mix(picked + Counter([n]), outputs)) for n in allowed}
        winner = min(losses, key=lambda n: (losses[n], n))
        picked[winner] += 1
        if losses[winner] < best[0]:
            best = losses[winner], dict(sorted(picked.items()))
    return best[1]


def _mix(weights: Mapping[int, int], outputs: Outputs) -> Unseen:
    """The weighted mean of outputs, summed in the order of the weights."""
    total = sum(weights.values())
    first = next(iter(outputs.values()))
    out_of_fold, validation = np.zeros_like(first.out_of_fold), np.zeros_like(first.validation)
    for number, weight in weights.items():
        out_of_fold += weight * outputs[number].out_of_fold
        validation += weight * outputs[number].validation
    return Unseen(out_of_fold / total, validation / total)


def _outputs(trial: FrozenTrial, folds: Folds, journal: Journal) -> Unseen:
    kept = journal.outputs(trial.number)
    if kept is not None and folds.fits(kept):
        return kept
    curves = [folds.curve(trial.params, fold, Place()) for fold in range(len(folds.parts))]
    return folds.unseen(curves, trial.user_attrs["rounds"])
