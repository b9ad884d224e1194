"""The front of every delivered model: rows as they come to the frame that candidates see.

There, all is a float but a text. Candidates then need no strings, in no fold of no trial.
"""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

from tidemill.artifact.steps.texts import MOST_CHARACTERS
from training.train.rows.moments import seconds_of
from training.train.rows.preparation import Preparation

UNSEEN = -1


def cut_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts of at most 10,000 characters; a missing one is empty."""
    return frame.astype(object).fillna("").map(lambda text: text[:MOST_CHARACTERS])


def reader_of(preparation: Preparation, frame: pd.DataFrame) -> ColumnTransformer:
    """A fitted reader of frames such as this one: to floats, and to texts within their limit.

    A category becomes its place in the vocabulary, one that is unknown -1; a moment becomes whole
    seconds since 1970; NaN is missing.
    """
    names = preparation.categorical
    known = [
        np.array([*preparation.vocabulary.categories[name], np.nan], dtype=object) for name in names
    ]
    codes = OrdinalEncoder(
        categories=known,
        handle_unknown="use_encoded_value",
        unknown_value=UNSEEN,
        encoded_missing_value=np.nan,
    )
    parts = [
        ("numbers", "passthrough", preparation.numeric),
        ("codes", codes, names),
        ("moments", FunctionTransformer(seconds_of), preparation.moments),
        ("texts", FunctionTransformer(cut_texts), preparation.texts),
    ]
    reader = ColumnTransformer([part for part in parts if part[2]], verbose_feature_names_out=False)
    # Nothing is learnt from rows: the first has the types, and spares the others a reading.
    return reader.set_output(transform="pandas").fit(frame.head(1))
