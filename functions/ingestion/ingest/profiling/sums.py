"""Sums of doubles without any rounding, so that no order or grouping of them matters."""

import math
from fractions import Fraction

import numpy as np

EXACT = 2.0**53
# Groups by magnitude, brought to where squares neither overflow nor lose their last bits.
LARGE, SMALL = 2.0**400, 2.0**-400
DOWN, UP = 600, 700
HEAD = 100
SPLIT = 2.0**27 + 1


def exact_sums(values: np.ndarray) -> tuple[Fraction, Fraction]:
    """The sum of finite numbers, and of their squares."""
    if not values.size:
        return Fraction(0), Fraction(0)
    largest = max(float(values.max()), -float(values.min()))
    if largest * largest * values.size < EXACT and _is_whole(values):
        return Fraction(float(values.sum())), Fraction(float((values * values).sum()))
    sizes = np.abs(values)
    if largest < LARGE and (sizes.min() >= SMALL or not ((sizes < SMALL) & (sizes > 0)).any()):
        return _sums(values)
    parts = [
        (values[sizes >= LARGE], -DOWN),
        (values[(sizes < LARGE) & (sizes >= SMALL)], 0),
        (values[sizes < SMALL], UP),
    ]
    scaled = [(_sums(np.ldexp(part, power)), Fraction(2) ** -power) for part, power in parts]
    total = sum((sums[0] * unit for sums, unit in scaled), Fraction(0))
    return total, sum((sums[1] * unit * unit for sums, unit in scaled), Fraction(0))


def _is_whole(values: np.ndarray) -> bool:
    return all(bool((some == np.rint(some)).all()) for some in (values[:HEAD], values))


def _sums(values: np.ndarray) -> tuple[Fraction, Fraction]:
    """With squares and what rounding took from them (Dekker, Numerische Mathematik 18, 1971)."""
    squares = values * values
    high = values * SPLIT
    high -= high - values
    low = values - high
    lost = high * high - squares
    high *= 2
    high *= low
    lost += high
    low *= low
    lost += low
    return _sum(values.copy()), _sum(squares) + _sum(lost)


def _sum(rest: np.ndarray) -> Fraction:
    """Of an array that it uses up, a slice of high bits after the other.

    No sum of a slice is rounded (Rump, Ogita and Oishi, Accurate floating-point summation, SIAM
    Journal on Scientific Computing 31(1), 2008).
    """
    total = Fraction(0)
    room = math.ceil(math.log2(len(rest) + 2)) if len(rest) else 0
    slice_ = np.empty_like(rest)
    while rest.size and (largest := max(float(rest.max()), -float(rest.min()))):
        unit = math.ldexp(1.0, math.frexp(largest)[1] + room)
        np.add(rest, unit, out=slice_)
        slice_ -= unit
        rest -= slice_
        total += Fraction(float(slice_.sum()))
    return total
