"""What stands between a frame's columns and an estimator: one preparation for trees, one linear."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)

MAX_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class Preparation:
    """The columns a model may use, by kind, and how many rows there are to learn from.

    Every transformer it makes is unfitted, and has an exact export.
    """

    task: str
    rows: int
    numeric: list[str]
    categorical: list[str]
    moments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def categories(self) -> list[int]:
        """Where in the rows that `trees()` makes the codes of categories stand."""
        return list(range(len(self.categorical)))

    def trees(self) -> ColumnTransformer:
        """Codes of categories, then numbers as they are; what is missing or unseen is NaN."""
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

    def linear(self, degree: int) -> ColumnTransformer:
        """Indicators of categories, then scaled numbers and their products up to a degree."""
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False
        )
        return ColumnTransformer(
            [
                ("categories", encoder, self.categorical),
                ("numbers", Pipeline(_numbers(degree)), self.numeric),
            ]
        )


def _numbers(degree: int) -> list[tuple[str, Any]]:
    if degree == 1:
        return [("impute", _fill(flag=True)), ("scale", StandardScaler())]
    return [
        ("impute", _fill(flag=False)),
        ("scale", StandardScaler()),
        # Powers of an outlier would swamp the sum: five deviations are far enough.
        ("clip", FunctionTransformer(np.clip, kw_args={"a_min": -5.0, "a_max": 5.0})),
        ("powers", PolynomialFeatures(degree, include_bias=False)),
        ("rescale", StandardScaler()),
    ]


def _fill(*, flag: bool) -> SimpleImputer:
    return SimpleImputer(strategy="median", add_indicator=flag, keep_empty_features=True)
