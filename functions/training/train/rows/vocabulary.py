"""What is known of columns before anything is learnt: their categories, parts and words."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tidemill.artifact.steps.calendar import PARTS
from tidemill.artifact.steps.texts import MOST_CHARACTERS, WORD
from training.train.rows.moments import Calendar, seconds_of

MOST_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """By column: the categories and the words, most frequent first, and the parts that vary."""

    categories: Mapping[str, list[str]] = field(default_factory=dict)
    parts: Mapping[str, list[str]] = field(default_factory=dict)
    words: Mapping[str, list[str]] = field(default_factory=dict)


def categories_of(train: "pd.Series[str]", later: "pd.Series[str]") -> list[str]:
    """The categories of the training rows by their number, then those that come later only.

    What comes later stands in no row that a candidate is fitted to, and has its code ready when
    the model is fitted to all.
    """
    counts = Counter(train.dropna().tolist())
    ranked = sorted(counts, key=lambda category: (-counts[category], category))
    return [*ranked, *sorted(set(later.dropna().tolist()) - set(counts))]


def parts_of(train: "pd.Series[pd.Timestamp]", *, clock: bool) -> list[str]:
    """The parts of a moment that differ between training rows.

    Of a `clock`, by which rows are split, the time elapsed is none: every row to come is later
    than all that were learnt from.
    """
    every = Calendar([list(PARTS)]).transform(seconds_of(train.to_frame()).to_numpy())
    varies = [len(np.unique(part[~np.isnan(part)])) > 1 for part in every.T]
    return [
        name
        for name, differs in zip(PARTS, varies, strict=True)
        if differs and not (clock and name == "elapsed")
    ]


def words_of(train: Iterable[str]) -> list[str]:
    """The words that most of the texts have, at least two of them: 2,000 at most."""
    find = re.compile(WORD).findall
    counts = Counter(word for text in train for word in set(find(text[:MOST_CHARACTERS].lower())))
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return [word for word in ranked[:MOST_WORDS] if counts[word] > 1]
