"""One dataset version as a run holds it: rows that were read, and how they were."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from tidemill.artifact import Scalar, Signature
from training.train.rows.preparation import Preparation

type Estimator = Any  # scikit-learn ships no types


@dataclass(frozen=True, slots=True)
class Channel:
    """Rows of one channel, and the target.

    `X` is what candidates learn from: floats, codes of categories, seconds of moments, and texts.
    `raw` is what it was read from: floats, strings and moments; missing cells are NaN in both.
    """

    X: pd.DataFrame
    y: np.ndarray
    raw: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __len__(self) -> int:
        return len(self.y)

    def rows(self) -> list[dict[str, Scalar | None]]:
        """The raw rows as a request would bring them: see `rows_of`."""
        return rows_of(self.raw)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset version, and the preparation of the features that a model may use.

    `forward` says that the training rows stand in the order of time, and are to be tried so;
    `groups` has the group of each training row, where whole groups were dealt to the channels.
    `described` are further columns of the test rows, by which models are compared on parts of them.
    """

    train: Channel
    validation: Channel
    test: Channel
    signature: Signature
    preparation: Preparation
    classes: list[Scalar]
    notes: list[str] = field(default_factory=list)
    forward: bool = False
    groups: np.ndarray | None = None
    reader: ColumnTransformer | None = None
    described: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def numeric(self) -> list[str]:
        """Features that are numbers or truth values."""
        return self.preparation.numeric

    @property
    def categorical(self) -> list[str]:
        """Features that are categories."""
        return self.preparation.categorical

    @property
    def moments(self) -> list[str]:
        """Features that are timestamps."""
        return self.preparation.moments

    @property
    def texts(self) -> list[str]:
        """Features that are texts."""
        return self.preparation.texts

    @property
    def features(self) -> list[str]:
        """All of them, in the order of the artifact's inputs."""
        return [*self.numeric, *self.categorical, *self.moments, *self.texts]

    @property
    def development(self) -> Channel:
        """Train and validation together: what the final model learns from."""
        frames = [self.train.X, self.validation.X]
        return Channel(pd.concat(frames, ignore_index=True), self.targets)

    @property
    def targets(self) -> np.ndarray:
        """The targets of these rows."""
        return np.concatenate([self.train.y, self.validation.y])

    def delivered(self, model: Estimator) -> Pipeline:
        """A fitted model behind the reader: it takes raw rows, or texts where moments stand."""
        return Pipeline([("read", self.reader), ("model", model)])


def rows_of(raw: pd.DataFrame) -> list[dict[str, Scalar | None]]:
    """Raw rows as a request would bring them: missing cells are None, moments are ISO 8601."""
    columns = {str(name): _cells(column) for name, column in raw.items()}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _cells(column: "pd.Series[Any]") -> list[Scalar | None]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return [None if pd.isna(cell) else cell.isoformat() for cell in column]
    cells: list[Scalar | None] = column.astype(object).where(column.notna(), None).tolist()
    return cells
