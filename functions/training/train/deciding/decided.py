"""A fitted classifier with its probabilities corrected and its own threshold."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from training.train.deciding.calibration import Correction
from training.train.measuring.outputs import winners

type Estimator = Any  # scikit-learn ships no types


class Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Answers the second of two classes from `threshold` on; without one, the likeliest class."""

    def __init__(
        self,
        estimator: Estimator,
        correction: Correction | None = None,
        threshold: float | None = None,
    ) -> None:
        self.estimator = estimator
        self.correction = correction
        self.threshold = threshold

    @property
    def classes_(self) -> np.ndarray:
        """The labels of the probability columns."""
        classes: np.ndarray = self.estimator.classes_
        return classes

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit the classifier anew; correction and threshold stay as they are."""
        self.estimator.fit(X, y)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self.estimator, "classes_")

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        """Corrected probabilities per class."""
        outputs: np.ndarray = self.estimator.predict_proba(X)
        return outputs if self.correction is None else self.correction.apply(outputs)

    def predict(self, X: pd.DataFrame) -> np.ndarray:  # noqa: N803
        """A label per row."""
        labels: np.ndarray = self.classes_[winners(self.predict_proba(X), self.threshold)]
        return labels

    def export(self, below: dict[str, Any]) -> dict[str, Any]:
        """The artifact's node, over that of the classifier."""
        node = below
        if self.correction is not None:
            node = {"kind": "calibrated", "correction": self.correction.to_json(), "model": node}
        if self.threshold is not None:
            node = {"kind": "threshold", "threshold": self.threshold, "model": node}
        return node
