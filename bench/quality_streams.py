"""Streams of answers whose features drift and whose target keeps its meaning, of several kinds.

So many kinds that nothing can be fitted to one: chances that are right, off by a straight line of
log odds or by a bend, of a rare class, and those of real models on features that wander off.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import GaussianNB

ROWS, CHUNKS, REFERENCE, LEARNT = 1_000, 20, 5_000, 4_000
FEATURES = 5

type Vector = np.ndarray[Any, Any]
type Draw = Callable[[np.random.Generator, int, float], "Rows"]


@dataclass(frozen=True)
class Rows:
    """Labels or numbers, and what a model said: chances by class, or a number.

    `sure` are the true chances where they are known; `features` where a model reads some.
    """

    truth: Vector
    said: Vector
    sure: Vector | None = None
    features: Vector = field(default_factory=lambda: np.empty((0, 0)))


@dataclass(frozen=True)
class Stream:
    """What tested the model, and thousands of rows each after it; `learnt` held out in training.

    Of two classes the second is answered from `threshold` on.
    """

    reference: Rows
    chunks: list[Rows]
    threshold: float = 0.5
    learnt: Rows | None = None


def stream(kind: str, seed: int) -> Stream:
    """A stream of a kind of TOLD, FITTED or NUMBERS."""
    return (TOLD | FITTED | NUMBERS)[kind](seed)


def _wander(draw: Draw, seed: int, **more: Any) -> Stream:  # noqa: ANN401 - of a stream
    """Features wander off by as much as 1.2 deviations, and back."""
    reference = draw(np.random.default_rng([seed, 0]), REFERENCE, 0.0)
    shifts = 1.2 * np.sin(2 * np.pi * np.arange(CHUNKS) / CHUNKS)
    chunks = [
        draw(np.random.default_rng([seed, 1, number]), ROWS, float(shift))
        for number, shift in enumerate(shifts)
    ]
    return Stream(reference, chunks, **more)


def _chances(bend: Callable[[Vector], Vector], start: float, threshold: float, seed: int) -> Stream:
    """Log odds from a normal distribution, and true ones that bend them."""

    def draw(rng: np.random.Generator, rows: int, shift: float) -> Rows:
        odds = rng.normal(start + shift, 1.5, rows)
        sure = _logistic(bend(odds))
        return Rows((rng.random(rows) < sure).astype(int), _two(_logistic(odds)), _two(sure))

    return _wander(draw, seed, threshold=threshold)


def _fitted(model: Any, classes: int, seed: int) -> Stream:  # noqa: ANN401 - scikit-learn has no types
    """A model of five features that hang together, of which two wander."""
    weights = np.random.default_rng([seed, 2]).normal(0, 1.0, (FEATURES, classes))

    def drawn(rng: np.random.Generator, rows: int, shift: float) -> tuple[Vector, Vector, Vector]:
        x = _features(rng, rows, shift)
        raw = x @ weights + 0.8 * np.sin(2 * x[:, :1]) * weights[1]
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        sure = powers / powers.sum(axis=1, keepdims=True)
        picked = (rng.random((rows, 1)) > sure.cumsum(axis=1)[:, :-1]).sum(axis=1)
        return x, picked, sure

    x, y, _ = drawn(np.random.default_rng([seed, 3]), LEARNT, 0.0)
    model.fit(x, y)

    def draw(rng: np.random.Generator, rows: int, shift: float) -> Rows:
        x, y, sure = drawn(rng, rows, shift)
        return Rows(y, model.predict_proba(x), sure, x)

    return _wander(draw, seed)


def _numbers(loud: float, seed: int) -> Stream:
    """Gradient boosting of a bent surface whose noise grows with a feature that wanders."""

    def drawn(rng: np.random.Generator, rows: int, shift: float) -> tuple[Vector, Vector]:
        x = _features(rng, rows, shift)
        mean = x[:, 0] + np.sin(2 * x[:, 1]) + 0.5 * x[:, 2] * x[:, 3]
        return x, mean + rng.normal(0, 1, rows) * 0.5 * np.exp(loud * x[:, 0])

    x, y = drawn(np.random.default_rng([seed, 3]), LEARNT, 0.0)
    model = HistGradientBoostingRegressor(max_iter=60, random_state=0)
    outputs = cross_val_predict(model, x, y, cv=3)
    model.fit(x, y)

    def draw(rng: np.random.Generator, rows: int, shift: float) -> Rows:
        x, y = drawn(rng, rows, shift)
        return Rows(y, model.predict(x), features=x)

    return _wander(draw, seed, learnt=Rows(y, outputs, features=x))


def _features(rng: np.random.Generator, rows: int, shift: float) -> Vector:
    common = rng.normal(size=(rows, 1))
    x = 0.6 * common + 0.8 * rng.normal(size=(rows, FEATURES))
    x[:, :2] += shift
    found: Vector = x
    return found


def _logistic(odds: Vector) -> Vector:
    found: Vector = 1 / (1 + np.exp(-odds))
    return found


def _two(second: Vector) -> Vector:
    return np.column_stack([1 - second, second])


def _forest() -> RandomForestClassifier:
    return RandomForestClassifier(100, min_samples_leaf=3, n_jobs=1, random_state=0)


TOLD: dict[str, Callable[[int], Stream]] = {
    "straight": partial(_chances, lambda odds: odds / 1.4 - 0.2, 0.0, 0.5),
    "right": partial(_chances, lambda odds: odds, 0.0, 0.5),
    "bent": partial(_chances, lambda odds: 2 * np.tanh(odds / 2), 0.0, 0.5),
    "rare": partial(_chances, lambda odds: odds / 1.3 - 0.3, -3.6, 0.2),
}
FITTED: dict[str, Callable[[int], Stream]] = {
    "bayes": lambda seed: _fitted(GaussianNB(), 2, seed),
    "forest": lambda seed: _fitted(_forest(), 2, seed),
    "four, linear": lambda seed: _fitted(LogisticRegression(), 4, seed),
    "four, bayes": lambda seed: _fitted(GaussianNB(), 4, seed),
}
TWO = {*TOLD, "bayes", "forest"}
NUMBERS: dict[str, Callable[[int], Stream]] = {
    "even noise": partial(_numbers, 0.0),
    "loud noise": partial(_numbers, 0.4),
}


def every(kind: str, seeds: int) -> Iterator[Stream]:
    """A stream of each seed."""
    for seed in range(seeds):
        yield stream(kind, seed)
