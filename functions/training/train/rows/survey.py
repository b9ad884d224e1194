"""What of the declared features there is to learn from, and what is known of each beforehand."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tidemill.artifact import Signature
from tidemill.errors import NoUsableFeatureError
from training.train.rows.preparation import Preparation
from training.train.rows.vocabulary import Vocabulary, categories_of, parts_of, words_of

MOST_ENCODED_CLASSES, LEAST_ENCODED_ROWS = 10, 30
NOTHING = "no part or word that tells training rows apart"


@dataclass(frozen=True, slots=True)
class Survey:
    """The raw rows of train, and of validation for what categories are still to come.

    `clock` is the column by which rows are split into older and newer ones.
    """

    train: pd.DataFrame
    later: pd.DataFrame
    signature: Signature
    clock: str | None = None

    def preparation(self, task: str, target: np.ndarray, notes: list[str]) -> Preparation:
        """The preparation of the usable features; what is left out is noted.

        Nothing of the target is looked at but how often each class comes.
        """
        varied = _varied(self.train, notes)
        parts = {
            name: parts_of(self.train[name], clock=name == self.clock)
            for name in self._of(varied, "timestamp")
        }
        words = {name: words_of(self.train[name].dropna()) for name in self._of(varied, "text")}
        empty = [name for name, found in [*parts.items(), *words.items()] if not found]
        notes += [f"{name} has {NOTHING} and was left out" for name in empty]
        usable = [name for name in varied if name not in empty]
        if not usable:
            raise NoUsableFeatureError(
                f"every feature is empty or constant in the {len(self.train)} training rows: "
                "drop rows in which they differ, or declare other columns"
            )
        categorical = self._of(usable, "category")
        known = {name: categories_of(self.train[name], self.later[name]) for name in categorical}
        return Preparation(
            task,
            len(self.train),
            numeric=self._of(usable, "float", "int", "bool"),
            categorical=categorical,
            moments=self._of(usable, "timestamp"),
            texts=self._of(usable, "text"),
            vocabulary=Vocabulary(known, parts, words),
            encodes=task != "multiclass" or _classes_are_few(target),
        )

    def _of(self, names: list[str], *kinds: str) -> list[str]:
        fitting = {feature.name for feature in self.signature.features if feature.type in kinds}
        return [name for name in names if name in fitting]


def _varied(train: pd.DataFrame, notes: list[str]) -> list[str]:
    empty = [str(name) for name in train if train[name].isna().all()]
    constant = [
        str(name) for name in train if name not in empty and len(train[name].drop_duplicates()) == 1
    ]
    notes += [f"{name} is empty in every training row and was left out" for name in empty]
    notes += [f"{name} is constant in training and was left out" for name in constant]
    return [str(name) for name in train if name not in {*empty, *constant}]


def _classes_are_few(target: np.ndarray) -> bool:
    """Whether every part of the rows shows every class, and columns do not become too many."""
    counts = np.unique(target, return_counts=True)[1]
    return len(counts) <= MOST_ENCODED_CLASSES and int(counts.min()) >= LEAST_ENCODED_ROWS
