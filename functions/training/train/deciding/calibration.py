"""Corrections of a classifier's probabilities, learnt from rows the classifier had not seen.

`sigmoid` stretches and shifts the logarithms of the probabilities: of two classes that is Platt's
scaling (1999) with his smoothed targets, of more the bias-corrected temperature scaling of
Alexandari et al. (2020). `isotonic` is scikit-learn's regression with its steps joined by lines
from middle to middle (centred, Oron & Flournoy 2017), so that it keeps the ranking. It is done for
each class against the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]
from sklearn.isotonic import isotonic_regression

from tidemill.artifact.calibration import DOUBT, SMALLEST

ISOTONIC_ROWS = 1000
STEEPEST = 1e-3

type Curve = tuple[np.ndarray, np.ndarray]


class Correction(Protocol):
    """From probabilities per class to better ones, and to the artifact's node for it."""

    def apply(self, outputs: np.ndarray) -> np.ndarray: ...

    def to_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """A softmax of `slope` times the logarithms plus `shifts`."""

    slope: float
    shifts: Sequence[float]

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """Rows that sum to one."""
        return _softmax(self.slope * logs(outputs) + np.asarray(self.shifts))

    def to_json(self) -> dict[str, Any]:
        """The node's JSON types."""
        return {"kind": "sigmoid", "slope": self.slope, "shifts": list(self.shifts)}


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising line for the second of two classes, else for each."""

    curves: Sequence[Curve]

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """Rows that sum to one."""
        if outputs.shape[1] == 2:
            positive = np.interp(outputs[:, 1], *self.curves[0])
            return np.column_stack([1.0 - positive, positive])
        raw = np.column_stack(
            [np.interp(outputs[:, k], *curve) for k, curve in enumerate(self.curves)]
        )
        shares: np.ndarray = raw / raw.sum(axis=1, keepdims=True)
        return shares

    def to_json(self) -> dict[str, Any]:
        """The node's JSON types."""
        return {"kind": "isotonic", "curves": [[x.tolist(), y.tolist()] for x, y in self.curves]}


def fit(method: str, codes: np.ndarray, outputs: np.ndarray) -> Correction:
    """The correction learnt from rows' classes, as positions, and the probabilities given them."""
    return _FITS[method](codes, outputs)


def logs(outputs: np.ndarray) -> np.ndarray:
    """Logarithms as the artifact takes them."""
    found: np.ndarray = np.log(np.maximum(outputs, SMALLEST))
    if outputs.shape[1] == 2:
        found[:, 0] = np.log(1.0 + DOUBT - outputs[:, 1])
    return found


def _sigmoid(codes: np.ndarray, outputs: np.ndarray) -> Sigmoid:
    given, classes = logs(outputs), outputs.shape[1]
    counts = np.bincount(codes, minlength=classes)
    # Platt's targets: a class of n rows is believed to be (n + 1) / (n + 2) of what it is.
    sure = ((counts + 1) / (counts + 2))[codes]
    targets = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    targets[np.arange(len(codes)), codes] = sure

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        raw = weights[0] * given + np.append(0.0, weights[1:])
        top = raw.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(raw - top).sum(axis=1))
        missed = np.exp(raw - total[:, None]) - targets
        gradient = np.append((missed * given).sum(), missed[:, 1:].sum(axis=0))
        return float(np.mean(total - (targets * raw).sum(axis=1))), gradient / len(codes)

    start = np.append(1.0, np.zeros(classes - 1))
    bounds = [(1e-3, 100.0), *[(-50.0, 50.0)] * (classes - 1)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x.tolist()
    return Sigmoid(found[0], [0.0, *found[1:]])


def _isotonic(codes: np.ndarray, outputs: np.ndarray) -> Isotonic:
    classes = range(1, 2) if outputs.shape[1] == 2 else range(outputs.shape[1])
    return Isotonic([_rising((codes == k).astype(float), outputs[:, k]) for k in classes])


def _rising(truth: np.ndarray, given: np.ndarray) -> Curve:
    """Knots in the middle of each step, and at 0 and 1; no piece is so steep as to lose digits."""
    least = 1 / (len(truth) + 2)
    at, place, rows = np.unique(given, return_inverse=True, return_counts=True)
    shares = np.bincount(place, weights=truth) / rows
    fitted = isotonic_regression(shares, sample_weight=rows, y_min=least, y_max=1 - least)
    heights, step = np.unique(fitted, return_inverse=True)
    middles = np.bincount(step, weights=rows * at) / np.bincount(step, weights=rows)
    xs, ys = [0.0], [least]
    for x, y in zip(middles.tolist(), heights.tolist(), strict=True):
        if x - xs[-1] >= max(STEEPEST * x, STEEPEST**2):
            xs.append(x)
            ys.append(y)
    if xs[-1] < 1 - STEEPEST:
        xs.append(1.0)
        ys.append(1 - least)
    return np.array(xs), np.array(ys)


def _softmax(raw: np.ndarray) -> np.ndarray:
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares


_FITS: dict[str, Callable[[np.ndarray, np.ndarray], Correction]] = {
    "sigmoid": _sigmoid,
    "isotonic": _isotonic,
}
