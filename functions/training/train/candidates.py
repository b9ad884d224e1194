"""The models a search may try: what can vary, and the scikit-learn pipeline it makes.

Every estimator here can be exported exactly; one that cannot is no candidate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from training.train.preparation import Preparation

type Params = Mapping[str, Any]
type Estimator = Any  # scikit-learn ships no types

DEFAULT: dict[str, Any] = {
    "family": "boosting",
    "learning_rate": 0.1,
    "max_iter": 100,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "l2_regularization": 1e-6,
    "max_features": 1.0,
}
MAX_TERMS = 300
MAX_CELLS = 3_000_000
LINEAR_CELLS = {True: 15_000_000, False: 2_000_000}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The search space for one dataset's columns and rows, and its task."""

    task: str
    metric: str
    preparation: Preparation
    seed: int

    def starts(self) -> list[dict[str, Any]]:
        """Where every search begins: scikit-learn's default boosting, then the linear ladder."""
        ladder = [{"family": "linear", "degree": d, "strength": float(d)} for d in self._degrees()]
        calm = DEFAULT | {"learning_rate": 0.05, "max_leaf_nodes": 12, "max_features": 0.5}
        return [DEFAULT, *ladder, calm]

    def suggest(self, trial: optuna.Trial) -> dict[str, Any]:
        """Parameters of the next candidate."""
        if trial.suggest_categorical("family", ["boosting", "linear"]) == "linear":
            return {
                "family": "linear",
                "degree": trial.suggest_categorical("degree", self._degrees()),
                "strength": trial.suggest_float("strength", 1e-3, 1e3, log=True),
            }
        return {
            "family": "boosting",
            "learning_rate": trial.suggest_float("learning_rate", 0.03, 0.3, log=True),
            "max_iter": trial.suggest_int("max_iter", 40, 150),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 31, log=True),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 5, 80, log=True),
            "l2_regularization": trial.suggest_float("l2_regularization", 1e-6, 30.0, log=True),
            "max_features": trial.suggest_float("max_features", 0.3, 1.0),
        }

    def cost(self, params: Params) -> float:
        """About how many fits of the default model one fit of this one takes."""
        if params["family"] == "linear":
            terms = len(self.preparation.categorical) * 5 + self._terms()[params["degree"]]
            return 0.1 + self.preparation.rows * terms / LINEAR_CELLS[self.task == "regression"]
        return float(params["max_iter"] / 100 * (1 + params["max_leaf_nodes"] / 31) / 2)

    def make(self, params: Params) -> Pipeline:
        """The unfitted pipeline of a candidate; DEFAULT gives scikit-learn's own defaults."""
        if params["family"] == "linear":
            steps = self.preparation.linear(params["degree"]), self._linear(params)
        else:
            steps = self.preparation.trees(), self._boosting(params)
        return Pipeline([("columns", steps[0]), ("model", steps[1])])

    def _degrees(self) -> list[int]:
        limit = min(MAX_TERMS, MAX_CELLS // self.preparation.rows)
        terms = self._terms().items()
        return [degree for degree, count in terms if degree == 1 or 0 < count <= limit]

    def _terms(self) -> dict[int, int]:
        width = len(self.preparation.numeric)
        terms = {1: width, 2: width * (width + 3) // 2}
        return terms | {3: terms[2] + width * (width + 1) * (width + 2) // 6}

    def _boosting(self, params: Params) -> BaseEstimator:
        kind = (
            HistGradientBoostingRegressor
            if self.task == "regression"
            else HistGradientBoostingClassifier
        )
        chosen = {key: value for key, value in params.items() if key != "family"}
        if dict(params) == DEFAULT:
            chosen = {}
        elif self.metric == "mae":
            chosen["loss"] = "absolute_error"
        categories = self.preparation.categories or None
        return kind(**chosen, categorical_features=categories, random_state=self.seed)

    def _linear(self, params: Params) -> BaseEstimator:
        if self.task == "regression":
            return Ridge(alpha=params["strength"], random_state=self.seed)
        return LogisticRegression(
            C=1.0 / params["strength"], max_iter=200, tol=1e-3, random_state=self.seed
        )
