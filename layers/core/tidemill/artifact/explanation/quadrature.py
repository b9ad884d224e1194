"""Gauss-Legendre quadrature: an exact integral of a polynomial from as few points as can be."""

import math
from functools import cache

STEPS = 8


@cache
def points(count: int) -> tuple[tuple[float, float], ...]:
    """So many points between 0 and 1, each with its weight: exact up to degree 2 * count - 1.

    Points are the roots of a Legendre polynomial, found by Newton's method.
    """
    return tuple(_point(k, count) for k in range(count))


def _point(k: int, count: int) -> tuple[float, float]:
    x = math.cos(math.pi * (k + 0.75) / (count + 0.5))
    slope = 1.0
    for _ in range(STEPS):
        before, value = 1.0, x
        for degree in range(2, count + 1):
            before, value = value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree
        slope = count * (x * value - before) / (x * x - 1.0)
        x -= value / slope
    return (1.0 + x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope)
