"""What a model is made of: one candidate, or a small vote of several."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from training.train.rows.channels import Channel
from training.train.searching.candidates import Candidates, Params
from training.train.searching.fitting import Estimator, fit
from training.train.searching.journal import Journal


@dataclass(frozen=True, slots=True)
class Recipe:
    """Trials by number, each with its weight and its parameters, rounds included."""

    weights: Mapping[int, int]
    params: Mapping[int, Params]

    @property
    def name(self) -> str:
        """How reports and logs call it."""
        if len(self.weights) > 1:
            return "vote"
        return f"trial {next(iter(self.weights))}"

    @property
    def lead(self) -> int:
        """The trial with the largest weight."""
        return max(self.weights, key=lambda number: self.weights[number])

    def fit(self, candidates: Candidates, channel: Channel, journal: Journal) -> Estimator:
        """The model fitted to all rows of a channel: a vote of several, or the one pipeline."""
        models = {
            n: fit(
                candidates.make(self.params[n]), channel.X, channel.y, journal.place(f"final-{n}")
            )
            for n in self.weights
        }
        if len(models) == 1:
            return next(iter(models.values()))
        return _vote(models, [float(weight) for weight in self.weights.values()], channel.y)

    def cost(self, candidates: Candidates, classes: int) -> float:
        """What one prediction takes: nodes visited, products added up, and columns prepared."""
        return sum(candidates.serving_cost(self.params[n], classes) for n in self.weights)

    def to_json(self) -> dict[str, Any]:
        """The recipe as JSON types."""
        members = [
            {"trial": n, "weight": weight, "params": dict(self.params[n])}
            for n, weight in self.weights.items()
        ]
        return {"name": self.name, "members": members}


def _vote(models: Mapping[int, Estimator], weights: list[float], y: np.ndarray) -> Estimator:
    """A fitted vote of models that were fitted one by one, which scikit-learn has no call for."""
    members = [(f"trial_{n}", model) for n, model in models.items()]
    classes = getattr(members[0][1], "classes_", None)
    vote = (
        VotingRegressor(members, weights=weights)
        if classes is None
        else VotingClassifier(members, voting="soft", weights=weights)
    )
    vote.estimators_ = list(models.values())
    vote.named_estimators_ = Bunch(**dict(members))
    if classes is not None:
        vote.le_ = LabelEncoder().fit(y)
        vote.classes_ = vote.le_.classes_
    return vote
