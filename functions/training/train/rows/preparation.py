"""What stands between a frame's columns and an estimator: one preparation for trees, one linear.

The frame is one that has been read: numbers, codes of categories, seconds of moments, and texts.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from tidemill.artifact.steps.texts import WORD
from training.train.rows.moments import Calendar
from training.train.rows.vocabulary import Vocabulary

type Parts = list[tuple[str, Any, Any]]

MOST_CODES = 255
MOST_INDICATORS = 50
LEAST_WORDS, TREE_WORDS, TREE_CELLS = 10, 300, 20_000_000
TARGETS = {"regression": "continuous", "binary": "binary", "multiclass": "multiclass"}


@dataclass(frozen=True, slots=True)
class Preparation:
    """The columns a model may use, by kind, and how many rows there are to learn from.

    Categories that are many are replaced by what the target is like among their rows where
    `encodes` holds, else the rare ones are grouped. Every transformer made here is unfitted, and
    has an exact export.
    """

    task: str
    rows: int
    numeric: list[str]
    categorical: list[str]
    moments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    encodes: bool = True

    @property
    def categories(self) -> list[int]:
        """Where in the rows that `trees()` makes the codes of categories stand."""
        return list(range(len(self._few(MOST_CODES) if self.encodes else self.categorical)))

    @property
    def numbers(self) -> int:
        """How many numbers a linear model may multiply with each other."""
        parts = self.vocabulary.parts
        return len(self.numeric) + sum(len(parts.get(name, [])) for name in self.moments)

    def without(self, features: Collection[str]) -> Self:
        """The same, of all other columns."""
        kept = {
            kind: [name for name in getattr(self, kind) if name not in features]
            for kind in ("numeric", "categorical", "moments", "texts")
        }
        return replace(self, **kept)  # type: ignore[arg-type]

    def trees(self) -> ColumnTransformer:
        """Codes of categories, then numbers, NaN where missing; then counts of words."""
        few, many = self._split(MOST_CODES)
        grouped: Parts = [("categories", "passthrough", few)]
        if not self.encodes:
            grouped.append(("groups", _group(MOST_CODES), many))
            many = []
        room = TREE_CELLS // (self.rows * max(len(self.texts), 1))
        words = max(LEAST_WORDS, min(TREE_WORDS, room))
        parts: Parts = [
            *grouped,
            ("numbers", "passthrough", self.numeric),
            ("moments", self._calendar(), self.moments),
            ("many", self._by_target(), many),
            *(
                (f"words of {name}", CountVectorizer(**self._words(name, words)), name)
                for name in self.texts
            ),
        ]
        return _columns(parts, sparse=0)

    def linear(self, degree: int) -> ColumnTransformer:
        """Indicators of categories, then scaled numbers and their products; then TF-IDF."""
        few, many = self._split(MOST_INDICATORS)
        encoder = OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=MOST_INDICATORS,
            sparse_output=False,
        )
        if not self.encodes:
            few, many = self.categorical, []
        numbers = [("read", self._numbers()), *_scaled(degree)]
        encoded = Pipeline([("encode", self._by_target()), ("scale", StandardScaler())])
        parts: Parts = [
            ("categories", encoder, few),
            ("numbers", Pipeline(numbers), [*self.numeric, *self.moments]),
            ("many", encoded, many),
            *(
                (f"words of {name}", TfidfVectorizer(**self._words(name), sublinear_tf=True), name)
                for name in self.texts
            ),
        ]
        return _columns(parts, sparse=int(bool(self.texts)))

    def _few(self, most: int) -> list[str]:
        known = self.vocabulary.categories
        return [name for name in self.categorical if len(known.get(name, [])) <= most]

    def _split(self, most: int) -> tuple[list[str], list[str]]:
        few = self._few(most)
        return few, [name for name in self.categorical if name not in few]

    def _numbers(self) -> ColumnTransformer | FunctionTransformer:
        if not self.moments:
            return FunctionTransformer()
        return _columns(
            [
                ("numbers", "passthrough", self.numeric),
                ("moments", self._calendar(), self.moments),
            ],
            sparse=0,
        )

    def _calendar(self) -> Calendar:
        return Calendar([self.vocabulary.parts.get(name, []) for name in self.moments])

    def _by_target(self) -> TargetEncoder:
        """Encodings of rows learnt from are of other rows (scikit-learn's cross fitting)."""
        parting = KFold(5, shuffle=True, random_state=0)
        return TargetEncoder(target_type=TARGETS[self.task], cv=parting)

    def _words(self, name: str, most: int | None = None) -> dict[str, Any]:
        words = self.vocabulary.words.get(name, [])[:most]
        return {"vocabulary": words, "token_pattern": WORD, "dtype": np.float64}


def _columns(parts: Parts, *, sparse: float) -> ColumnTransformer:
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=sparse)


def _group(most: int) -> OrdinalEncoder:
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=most,
    )


def _scaled(degree: int) -> list[tuple[str, Any]]:
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
