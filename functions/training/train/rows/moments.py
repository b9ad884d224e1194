"""Timestamps for scikit-learn: to whole seconds, and from there to the calendar in UTC."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from tidemill.artifact.steps.calendar import DAY
from tidemill.moments import read_moment, whole_seconds

type Table = np.ndarray[Any, np.dtype[np.float64]]

MICROSECONDS = 1_000_000


def seconds_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of moments, or of ISO 8601 texts, in whole seconds since 1970; NaN is missing.

    A text that is no moment raises ValueError.
    """
    return frame.apply(_seconds)


def _seconds(column: "pd.Series[Any]") -> "pd.Series[float]":
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        ticks = column.astype("datetime64[us, UTC]").astype("int64") // MICROSECONDS
        return ticks.astype("float64").where(column.notna())
    cells = [np.nan if pd.isna(cell) else _read(cell) for cell in column.tolist()]
    return pd.Series(cells, dtype="float64", index=column.index)


def _read(text: str) -> float:
    moment = read_moment(text)
    if moment is None:
        raise ValueError(f"{text!r} is no ISO 8601 timestamp")
    return whole_seconds(moment)


class Calendar(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The listed `parts` of each column of whole seconds, side by side, as an artifact has them."""

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self.parts = parts

    def fit(self, X: Table, y: object = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's
        """Learn nothing."""
        self.n_features_in_ = np.shape(X)[1]
        return self

    def transform(self, X: Table) -> Table:  # noqa: N803 - scikit-learn's
        """One column of floats for each part of each moment; NaN where it is missing."""
        cells = np.asarray(X, dtype="float64")
        made = [_parts(cells[:, k])[name] for k, names in enumerate(self.parts) for name in names]
        return np.column_stack(made) if made else np.empty((len(cells), 0))


def _parts(seconds: Table) -> dict[str, Table]:
    missing = np.isnan(seconds)
    days = np.floor_divide(np.where(missing, 0.0, seconds), DAY)
    dates = days.astype("int64").astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    found = {
        "elapsed": seconds / DAY,
        "month": months.astype("int64") % 12 + 1,
        "day": (dates - months).astype("int64") + 1,
        "weekday": (days + 3) % 7,
        "hour": (seconds - days * DAY) / 3600.0,
    }
    return {name: np.where(missing, np.nan, part) for name, part in found.items()}
