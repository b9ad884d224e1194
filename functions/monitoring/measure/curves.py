"""Which log odds were right for those that a classifier gave, as a curve and how sure it is.

A Gaussian process in log odds around the identity, with a straight and a bent part (Rasmussen &
Williams 2006, chapters 2.7 and 3.4: Laplace's approximation), held straight between a few knots.
How far it may leave the identity is not chosen: each of sixteen priors counts by its evidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from monitoring.measure.correction import FURTHEST, Correction
from monitoring.measure.scores import Vector

INNER, APART = 9, 0.25
CELLS = 500
STRAIGHT, BENT = (0.02, 0.1, 0.3, 1.0), (0.01, 0.1, 0.3, 1.0)
LEAST_SCALE, LEAST_WEIGHT = 0.5, 1e-9
JITTER = 1e-6
STEPS, SETTLED = 60, 1e-8


@dataclass(frozen=True, slots=True)
class Fit:
    """Values at the knots under one prior, their covariance, and the log evidence for it."""

    values: Vector
    spread: Vector
    evidence: float


def curve(chances: Vector, came_true: Vector) -> Correction:
    """Of the chances of a class and whether it came true."""
    odds, rows, hits = _cells(chances, came_true, np.ones(len(chances)))
    knots = _knots(odds, rows)
    return _curve(odds, rows, hits, Correction(knots, knots, np.zeros((len(knots), len(knots)))))


def curve_from(
    usual: Correction, chances: Vector, came_true: Vector, weights: Vector
) -> Correction:
    """As far from a usual curve as rows show that count as so many rows; no surer than that one."""
    return _curve(*_cells(chances, came_true, weights), usual)


def _curve(odds: Vector, rows: Vector, hits: Vector, usual: Correction) -> Correction:
    knots = usual.knots
    hats = np.array([np.interp(odds, knots, peak) for peak in np.eye(len(knots))]).T
    fits = [_fit(hats, rows, hits, usual.values, prior) for prior in _priors(knots, odds, rows)]
    evident = np.exp([fit.evidence - max(f.evidence for f in fits) for fit in fits])
    evident /= evident.sum()
    values = sum(w * fit.values for w, fit in zip(evident, fits, strict=True))
    spread = sum(
        w * (fit.spread + np.outer(fit.values - values, fit.values - values))
        for w, fit in zip(evident, fits, strict=True)
    )
    return Correction(knots, np.asarray(values), np.asarray(spread) + usual.spread)


def _cells(chances: Vector, came_true: Vector, weights: Vector) -> tuple[Vector, Vector, Vector]:
    """Rows of about the same log odds together: the odds, how many, how many came true."""
    with np.errstate(divide="ignore"):
        odds = np.clip(np.log(chances) - np.log1p(-chances), -FURTHEST, FURTHEST)
    counted = np.flatnonzero(weights > LEAST_WEIGHT)
    order = counted[np.argsort(odds[counted], kind="stable")]
    starts = np.unique(np.linspace(0, len(order), CELLS + 1).astype(int)[:-1])
    rows, hits, places = (
        np.add.reduceat(each[order], starts)
        for each in (weights, weights * came_true, weights * odds)
    )
    return places / rows, rows, hits


def _steps(places: Vector, odds: Vector, rows: Vector) -> Vector:
    """How many deviations of the log odds lie between places and their mean."""
    middle = np.average(odds, weights=rows)
    scale = float(np.sqrt(np.average((odds - middle) ** 2, weights=rows)))
    found: Vector = (places - middle) / max(scale, LEAST_SCALE)
    return found


def _knots(odds: Vector, rows: Vector) -> Vector:
    """Both ends, and quantiles of the rows at least a quarter apart."""
    shares = (np.cumsum(rows) - rows / 2) / rows.sum()
    kept = [-FURTHEST]
    for place in np.interp(np.linspace(0.01, 0.99, INNER), shares, odds):
        if min(place - kept[-1], FURTHEST - place) >= APART:
            kept.append(float(place))
    return np.array([*kept, FURTHEST])


def _priors(knots: Vector, odds: Vector, rows: Vector) -> Iterator[Vector]:
    """Covariances at the knots: of a straight line, and of a smooth bend around it."""
    steps = _steps(knots, odds, rows)
    line = 1 + np.outer(steps, steps)
    bend = np.exp(-(np.subtract.outer(steps, steps) ** 2) / 2)
    for straight, bent in product(STRAIGHT, BENT):
        yield straight**2 * line + bent**2 * bend + JITTER * np.eye(len(knots))


def _fit(hats: Vector, rows: Vector, hits: Vector, usual: Vector, prior: Vector) -> Fit:
    """By Newton's method with halved steps, from the usual values."""
    firm = np.linalg.inv(prior)

    def gain(values: Vector) -> float:
        odds, off = hats @ values, values - usual
        return float(hits @ odds - rows @ np.logaddexp(0, odds) - off @ firm @ off / 2)

    values, reached = usual, gain(usual)
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-hats @ values))
        slope = hats.T @ (hits - rows * chances) - firm @ (values - usual)
        bend = (hats.T * (rows * chances * (1 - chances))) @ hats + firm
        step = np.linalg.solve(bend, slope)
        while (new := gain(values + step)) < reached and np.abs(step).max() > SETTLED:
            step = step / 2
        if np.abs(step).max() <= SETTLED:
            break
        values, reached = values + step, new
    spread = np.linalg.inv(bend)
    evidence = reached - (np.linalg.slogdet(prior)[1] + np.linalg.slogdet(bend)[1]) / 2
    return Fit(values, spread, float(evidence))
