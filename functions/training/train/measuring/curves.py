"""Which log odds were right for those that a classifier gave, as a curve and how sure it is.

Estimates of quality without outcomes rest on it. A Gaussian process in log odds around the
identity, with a straight and a bent part (Rasmussen & Williams 2006, chapters 2.7 and 3.4:
Laplace's approximation), held straight between a few knots. How far it may leave the identity is
not chosen: every one of sixteen priors counts by its evidence. Where rows at the fringes of
features leave the curve by more than chance, drift may lead there: the spread grows by so much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from training.train.measuring.fringes import unlike

FURTHEST = 12.0
INNER, APART = 9, 0.25
CELLS = 500
STRAIGHT, BENT = (0.02, 0.1, 0.3, 1.0), (0.01, 0.1, 0.3, 1.0)
LEAST_SCALE = 0.5
JITTER = 1e-6
STEPS, SETTLED = 60, 1e-8


@dataclass(frozen=True, slots=True)
class Fit:
    """Values at the knots under one prior, their covariance, and the log evidence for it."""

    values: np.ndarray
    spread: np.ndarray
    evidence: float


def curves(
    codes: np.ndarray, outputs: np.ndarray, edges: Sequence[np.ndarray] = ()
) -> list[dict[str, Any]]:
    """Of two classes the second's curve, of more each one's against the rest.

    `codes` are the rows' classes as positions, `outputs` the chances by class that a model gave,
    `edges` the rows at each of the features' fringes.
    """
    places = [1] if outputs.shape[1] == 2 else range(outputs.shape[1])
    return [curve(outputs[:, k], codes == k, edges) for k in places]


def curve(
    chances: np.ndarray, came_true: np.ndarray, edges: Sequence[np.ndarray] = ()
) -> dict[str, Any]:
    """`values` at `knots`, all log odds, and the `spread` of the values, as JSON types."""
    odds, rows, hits = _cells(chances, came_true)
    knots = _knots(odds, rows)
    hats = np.array([np.interp(odds, knots, peak) for peak in np.eye(len(knots))]).T
    fits = [_fit(hats, rows, hits, knots, prior) for prior in _priors(knots, odds, rows)]
    weights = np.exp([fit.evidence - max(f.evidence for f in fits) for fit in fits])
    weights /= weights.sum()
    values = sum(w * fit.values for w, fit in zip(weights, fits, strict=True))
    spread = sum(
        w * (fit.spread + np.outer(fit.values - values, fit.values - values))
        for w, fit in zip(weights, fits, strict=True)
    )
    if edges:
        each = _log_odds(chances)
        beside = _unlike(each, np.interp(each, knots, values), came_true, edges)
        line = np.column_stack([np.ones(len(knots)), _steps(knots, odds, rows)])
        spread = spread + line @ beside @ line.T
    found = {"knots": knots, "values": values, "spread": spread}
    return {name: np.round(numbers, 6).tolist() for name, numbers in found.items()}


def _cells(chances: np.ndarray, came_true: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rows of about the same log odds together: the odds, how many, how many came true."""
    odds = _log_odds(chances)
    order = np.argsort(odds, kind="stable")
    parts = np.array_split(order, min(CELLS, len(order)))
    return (
        np.array([odds[part].mean() for part in parts]),
        np.array([float(len(part)) for part in parts]),
        np.array([float(came_true[part].sum()) for part in parts]),
    )


def _log_odds(chances: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        found: np.ndarray = np.clip(np.log(chances) - np.log1p(-chances), -FURTHEST, FURTHEST)
    return found


def _unlike(
    odds: np.ndarray, told: np.ndarray, came_true: np.ndarray, edges: Sequence[np.ndarray]
) -> np.ndarray:
    """The covariance between the fringes' own lines beside the curve, of offset and of slope.

    By a Newton step each; the slope is by deviations of the given log odds from their mean.
    """
    chances, steps = 1 / (1 + np.exp(-told)), _steps(odds, odds, np.ones(len(odds)))
    lines, spreads = [], []
    for rows in edges:
        design = np.column_stack([np.ones(len(rows)), steps[rows]])
        firm = (design.T * (chances[rows] * (1 - chances[rows]))) @ design + np.eye(2)
        lines.append(np.linalg.solve(firm, design.T @ (came_true[rows] - chances[rows])))
        spreads.append(np.linalg.inv(firm))
    return unlike(lines, spreads)


def _steps(places: np.ndarray, odds: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """How many deviations of the log odds lie between places and their mean."""
    middle = np.average(odds, weights=rows)
    scale = float(np.sqrt(np.average((odds - middle) ** 2, weights=rows)))
    found: np.ndarray = (places - middle) / max(scale, LEAST_SCALE)
    return found


def _knots(odds: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Both ends, and quantiles of the rows at least a quarter apart."""
    shares = (np.cumsum(rows) - rows / 2) / rows.sum()
    kept = [-FURTHEST]
    for place in np.interp(np.linspace(0.01, 0.99, INNER), shares, odds):
        if min(place - kept[-1], FURTHEST - place) >= APART:
            kept.append(float(place))
    return np.array([*kept, FURTHEST])


def _priors(knots: np.ndarray, odds: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Covariances at the knots: of a straight line, and of a smooth bend around it."""
    steps = _steps(knots, odds, rows)
    line = 1 + np.outer(steps, steps)
    bend = np.exp(-(np.subtract.outer(steps, steps) ** 2) / 2)
    for straight, bent in product(STRAIGHT, BENT):
        yield straight**2 * line + bent**2 * bend + JITTER * np.eye(len(knots))


def _fit(
    hats: np.ndarray, rows: np.ndarray, hits: np.ndarray, knots: np.ndarray, prior: np.ndarray
) -> Fit:
    """By Newton's method with halved steps, from the identity."""
    firm = np.linalg.inv(prior)

    def gain(values: np.ndarray) -> float:
        odds, off = hats @ values, values - knots
        return float(hits @ odds - rows @ np.logaddexp(0, odds) - off @ firm @ off / 2)

    values, reached = knots, gain(knots)
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-hats @ values))
        slope = hats.T @ (hits - rows * chances) - firm @ (values - knots)
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
