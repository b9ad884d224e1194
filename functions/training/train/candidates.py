"""The models a search may try: what can vary, and the scikit-learn pipeline it makes.

Every estimator here can be exported exactly; one that cannot is no candidate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)

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
MAX_CATEGORIES = 200
MAX_TERMS = 300
MAX_CELLS = 3_000_000
LINEAR_CELLS = {True: 15_000_000, False: 2_000_000}


@dataclass(frozen=True, slots=True)
class Candidates:
    """The search space for one dataset's columns, rows and task."""

    task: str
    metric: str
    numeric: list[str]
    categorical: list[str]
    rows: int
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
            terms = len(self.categorical) * 5 + self._terms()[params["degree"]]
            return 0.1 + self.rows * terms / LINEAR_CELLS[self.task == "regression"]
        return float(params["max_iter"] / 100 * (1 + params["max_leaf_nodes"] / 31) / 2)

    def make(self, params: Params) -> Pipeline:
        """The unfitted pipeline of a candidate; DEFAULT gives scikit-learn's own defaults."""
        if params["family"] == "linear":
            steps = self._linear_columns(params["degree"]), self._linear(params)
        else:
            steps = self._tree_columns(), self._boosting(params)
        return Pipeline([("columns", steps[0]), ("model", steps[1])])

    def _degrees(self) -> list[int]:
        limit = min(MAX_TERMS, MAX_CELLS // self.rows)
        terms = self._terms().items()
        return [degree for degree, count in terms if degree == 1 or 0 < count <= limit]

    def _terms(self) -> dict[int, int]:
        width = len(self.numeric)
        terms = {1: width, 2: width * (width + 3) // 2}
        return terms | {3: terms[2] + width * (width + 1) * (width + 2) // 6}

    def _tree_columns(self) -> ColumnTransformer:
        encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
            encoded_missing_value=np.nan,
            max_categories=MAX_CATEGORIES,
        )
        return ColumnTransformer(
            [
                ("categories", encoder, self.categorical),
                ("numbers", "passthrough", self.numeric),
            ]
        )

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
        categories = list(range(len(self.categorical))) or None
        return kind(**chosen, categorical_features=categories, random_state=self.seed)

    def _linear_columns(self, degree: int) -> ColumnTransformer:
        numbers = [
            ("impute", _fill(flag=True)),
            ("scale", StandardScaler()),
        ]
        if degree > 1:
            # Powers of an outlier would swamp the sum: five deviations are far enough.
            clip = FunctionTransformer(np.clip, kw_args={"a_min": -5.0, "a_max": 5.0})
            powers = PolynomialFeatures(degree, include_bias=False)
            numbers[0] = ("impute", _fill(flag=False))
            numbers += [("clip", clip), ("powers", powers), ("rescale", StandardScaler())]
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False
        )
        return ColumnTransformer(
            [
                ("categories", encoder, self.categorical),
                ("numbers", Pipeline(numbers), self.numeric),
            ]
        )

    def _linear(self, params: Params) -> BaseEstimator:
        if self.task == "regression":
            return Ridge(alpha=params["strength"], random_state=self.seed)
        return LogisticRegression(
            C=1.0 / params["strength"], max_iter=200, tol=1e-3, random_state=self.seed
        )


def _fill(*, flag: bool) -> SimpleImputer:
    return SimpleImputer(strategy="median", add_indicator=flag, keep_empty_features=True)
