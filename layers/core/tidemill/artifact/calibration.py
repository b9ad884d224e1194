"""Corrections of a classifier's probabilities, exactly as the trainer applied them."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from tidemill.artifact.exponential import exponential
from tidemill.artifact.logarithm import logarithm
from tidemill.errors import ArtifactError

SMALLEST = 1e-300
DOUBT = 1e-5

type Correction = Callable[[list[float]], list[float]]


def build(spec: dict[str, Any], size: int) -> Correction:
    """The correction that a spec describes, of so many probabilities."""
    builder = {"sigmoid": _sigmoid, "isotonic": _isotonic}.get(spec["kind"])
    if builder is None or size < 2:
        raise ArtifactError(f"no calibration {spec['kind']!r} is known for {size} outputs")
    return builder(spec, size)


def _sigmoid(spec: dict[str, Any], size: int) -> Correction:
    """A softmax of stretched and shifted logarithms; of two classes it is Platt's sigmoid.

    The first of two probabilities is one less the second, so has lost its last digits where that
    is nearly one: DOUBT keeps the loss small.
    """
    slope, shifts = float(spec["slope"]), [float(shift) for shift in spec["shifts"]]
    if len(shifts) != size:
        raise ArtifactError(f"a calibration describes {len(shifts)} classes of {size}")

    def correct(outputs: list[float]) -> list[float]:
        logs = [logarithm(max(p, SMALLEST)) for p in outputs]
        if size == 2:
            logs[0] = logarithm(1.0 + DOUBT - outputs[1])
        raw = [slope * log + shift for log, shift in zip(logs, shifts, strict=True)]
        top = max(raw)
        powers = [exponential(score - top) for score in raw]
        total = _in_order(powers)
        return [power / total for power in powers]

    return correct


def _isotonic(spec: dict[str, Any], size: int) -> Correction:
    """A rising line through knots: for the second of two classes, else for each, then shares."""
    curves = [([float(x) for x in xs], [float(y) for y in ys]) for xs, ys in spec["curves"]]
    if len(curves) != (1 if size == 2 else size) or not all(map(_rises, curves)):
        raise ArtifactError(f"a calibration's curves do not rise, or do not fit {size} outputs")

    def correct(outputs: list[float]) -> list[float]:
        if size == 2:
            positive = _along(curves[0], outputs[1])
            return [1.0 - positive, positive]
        raw = [_along(curve, p) for curve, p in zip(curves, outputs, strict=True)]
        total = _in_order(raw)
        return [p / total for p in raw]

    return correct


def _in_order(numbers: list[float]) -> float:
    """The sum from left to right; sum() compensates for what is lost."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def _rises(curve: tuple[Sequence[float], Sequence[float]]) -> bool:
    xs, ys = curve
    return (
        len(xs) == len(ys) >= 2
        and all(a < b for a, b in pairwise(xs))
        and all(a <= b for a, b in pairwise(ys))
        and 0 < ys[0] <= ys[-1] <= 1
    )


def _along(curve: tuple[list[float], list[float]], x: float) -> float:
    xs, ys = curve
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    k = bisect_right(xs, x) - 1
    return ys[k] + (x - xs[k]) * ((ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k]))
