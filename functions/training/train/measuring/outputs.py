"""What a fitted model says of rows, in the form that metrics take."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tidemill.artifact.decision import least

type Estimator = Any  # scikit-learn ships no types


def predict(model: Estimator, rows: Any, classes: Sequence[Any]) -> np.ndarray:  # noqa: ANN401
    """Numbers for regression, else a probability per class, zero where the model never saw one."""
    if not classes:
        numbers: np.ndarray = model.predict(rows)
        return numbers
    return aligned(model.predict_proba(rows), model.classes_.tolist(), classes)


def aligned(given: np.ndarray, known: Sequence[Any], classes: Sequence[Any]) -> np.ndarray:
    """Probabilities of `known` labels by `classes`: zero where the model never saw one."""
    position = {label: k for k, label in enumerate(known)}
    outputs = np.zeros((len(given), len(classes)))
    for k, label in enumerate(classes):
        if label in position:
            outputs[:, k] = given[:, position[label]]
    return outputs


def winners(outputs: np.ndarray, threshold: float | None) -> np.ndarray:
    """The likeliest class of each row, as a position; the second of two from a threshold on."""
    if threshold is None:
        return outputs.argmax(axis=1)
    return (outputs[:, 1] >= least(threshold)).astype(int)
