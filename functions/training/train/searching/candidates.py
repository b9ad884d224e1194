"""The models a search may try: what can vary, and the scikit-learn pipeline it makes.

Every estimator here can be exported exactly; one that cannot is no candidate.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optuna
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

from training.train.rows.preparation import Preparation
from training.train.searching.imbalance import NONE, effort, treat

type Params = Mapping[str, Any]
type Estimator = Any  # scikit-learn ships no types

DEFAULT: dict[str, Any] = {"family": "boosting"}
QUICK: dict[str, Any] = {
    "family": "boosting",
    "learning_rate": 0.1,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
    "max_features": 0.7,
}
CALM = QUICK | {
    "learning_rate": 0.08,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 50,
    "l2_regularization": 5.0,
    "max_features": 0.5,
}
MAX_TERMS = 300
MAX_CELLS = {True: 3_000_000, False: 1_000_000}
LINEAR_CELLS = {True: 15_000_000, False: 2_000_000}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The search space for one dataset's columns and rows, and its task.

    `losses` are what boosting may minimise on its way, the usual one first; `idle` are features
    that look as if a model could do without; `treatments` are what may be done for rare classes,
    what every search begins with first.
    """

    task: str
    metric: str
    preparation: Preparation
    seed: int
    losses: tuple[str, ...] = ()
    idle: frozenset[str] = field(default_factory=frozenset)
    treatments: tuple[str, ...] = (NONE,)

    @property
    def features(self) -> list[str]:
        """All that a model may use."""
        columns = self.preparation
        return [*columns.numeric, *columns.categorical, *columns.moments, *columns.texts]

    def starts(self) -> list[dict[str, Any]]:
        """Where every search begins: the linear ladder, and quick boosting."""
        ladder = [{"family": "linear", "degree": d, "strength": float(d)} for d in self._degrees()]
        losses = [{"loss": loss} for loss in self.losses] or [{}]
        trees = [QUICK | loss for loss in losses]
        starts = [*ladder, *trees]
        if self.treatments != (NONE,):
            first = {"balance": self.treatments[0]}
            others = [QUICK | {"balance": other} for other in self.treatments[1:2]]
            starts = [*(start | first for start in starts), *others]
        return [start | ({"features": "all"} if self.idle else {}) for start in starts]

    def calmer(self, quick: Params) -> dict[str, Any]:
        """Boosting of smaller steps, otherwise as a quick one."""
        return dict(quick) | CALM

    def suggest(self, trial: optuna.Trial) -> dict[str, Any]:
        """Parameters of the next candidate; how many rounds is told by the folds."""
        found = {"family": trial.suggest_categorical("family", ["boosting", "linear"])}
        if self.treatments != (NONE,):
            found["balance"] = trial.suggest_categorical("balance", list(self.treatments))
        if self.idle:
            found["features"] = trial.suggest_categorical("features", ["all", "fewer"])
        if found["family"] == "linear":
            return found | {
                "degree": trial.suggest_categorical("degree", self._degrees()),
                "strength": trial.suggest_float("strength", 1e-3, 1e3, log=True),
            }
        if self.losses:
            found["loss"] = trial.suggest_categorical("loss", list(self.losses))
        return found | {
            "learning_rate": trial.suggest_float("learning_rate", 0.04, 0.2, log=True),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 48, log=True),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 4, 100, log=True),
            "l2_regularization": trial.suggest_float("l2_regularization", 1e-3, 50.0, log=True),
            "max_features": trial.suggest_float("max_features", 0.3, 1.0),
        }

    def cost(self, params: Params) -> float:
        """About how many fits of the default model one fit of this one takes."""
        return effort(params.get("balance", NONE)) * self._cost(params)

    def _cost(self, params: Params) -> float:
        if params["family"] == "linear":
            terms = _products(self.preparation)[params["degree"]] + 5 * len(
                self.preparation.categorical
            )
            return 0.1 + self.preparation.rows * terms / LINEAR_CELLS[self.task == "regression"]
        leaves = params.get("max_leaf_nodes", 31)
        return float(params.get("max_iter", 100) / 100 * (1 + leaves / 31) / 2)

    def serving_cost(self, params: Params, classes: int) -> float:
        """What one prediction takes: columns prepared, and nodes visited or products added up.

        A tree counts as deep as if it were balanced.
        """
        preparation, outputs = self._preparation(params), classes if classes > 2 else 1
        if params["family"] == "linear":
            products = _products(preparation)[params["degree"]]
            return products * outputs + len(preparation.categorical) * 5
        depth = math.log2(params["max_leaf_nodes"]) + 1
        columns = len(preparation.numeric) + len(preparation.categorical)
        return float(columns + params["max_iter"] * outputs * depth)

    def make(self, params: Params) -> Pipeline:
        """The unfitted pipeline of a candidate; DEFAULT gives scikit-learn's own defaults."""
        preparation = self._preparation(params)
        if params["family"] == "linear":
            steps = preparation.linear(params["degree"]), self._linear(params)
        else:
            steps = preparation.trees(), self._boosting(params, preparation.categories)
        pipeline = Pipeline([("columns", steps[0]), ("model", steps[1])])
        return treat(pipeline, params.get("balance", NONE), self.seed)

    def _degrees(self) -> list[int]:
        limit = min(MAX_TERMS, MAX_CELLS[self.task == "regression"] // self.preparation.rows)
        terms = _products(self.preparation).items()
        return [degree for degree, count in terms if degree == 1 or 0 < count <= limit]

    def _preparation(self, params: Params) -> Preparation:
        fewer = params.get("features") == "fewer"
        return self.preparation.without(self.idle) if fewer else self.preparation

    def _boosting(self, params: Params, categories: list[int]) -> BaseEstimator:
        kind = (
            HistGradientBoostingRegressor
            if self.task == "regression"
            else HistGradientBoostingClassifier
        )
        chosen = {k: v for k, v in params.items() if k not in {"family", "features", "balance"}}
        if chosen:
            chosen["early_stopping"] = False
        return kind(**chosen, categorical_features=categories or None, random_state=self.seed)

    def _linear(self, params: Params) -> BaseEstimator:
        if self.task == "regression":
            return Ridge(alpha=params["strength"], random_state=self.seed)
        return LogisticRegression(
            C=1.0 / params["strength"], max_iter=200, tol=1e-3, random_state=self.seed
        )


def _products(preparation: Preparation) -> dict[int, int]:
    """How many numbers, and products of them, a linear model of each degree adds up."""
    width = preparation.numbers
    terms = {1: width, 2: width * (width + 3) // 2}
    return terms | {3: terms[2] + width * (width + 1) * (width + 2) // 6}


def losses_for(metric: str, y: np.ndarray) -> tuple[str, ...]:
    """What boosting may minimise for a metric of numbers; targets above zero may grow by shares.

    The deviances of gamma and Poisson are least at the mean, as squared errors are, but weigh
    errors by the size of what is predicted.
    """
    if metric == "mae":
        return ("absolute_error",)
    if y.min() > 0:
        return "squared_error", "gamma"
    return ("squared_error", "poisson") if y.min() >= 0 and y.sum() > 0 else ("squared_error",)
