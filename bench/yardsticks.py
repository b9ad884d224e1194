"""More data sets to measure quality by: scikit-learn's own, and some that it generates."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn import datasets

from bench.problems import PROBLEMS, TIME, Problem, contract_of


def diabetes() -> Problem:
    """Progression of a disease in a year, of 442 people."""
    return _numbers("diabetes", "regression", datasets.load_diabetes(return_X_y=True))


def breast_cancer() -> Problem:
    """Benign or malign, of 569 tumours."""
    return _numbers("breast-cancer", "binary", datasets.load_breast_cancer(return_X_y=True))


def wine() -> Problem:
    """Three growers, of 178 wines."""
    return _numbers("wine", "multiclass", datasets.load_wine(return_X_y=True))


def friedman_1() -> Problem:
    """A smooth function of five numbers, and five that say nothing (Friedman, 1991)."""
    made = datasets.make_friedman1(3000, noise=1.0, random_state=0)
    return _numbers("friedman-1", "regression", made)


def friedman_2() -> Problem:
    """Impedance of a circuit, as four numbers give it, with noise (Friedman, 1991)."""
    made = datasets.make_friedman2(3000, noise=100.0, random_state=0)
    return _numbers("friedman-2", "regression", made)


def lines() -> Problem:
    """Twenty numbers, of which five add up to the target."""
    made = datasets.make_regression(2000, 20, n_informative=5, noise=20.0, random_state=0)
    return _numbers("lines", "regression", made)


def clusters() -> Problem:
    """Two classes in clusters, one of them rare, a twentieth of the labels wrong."""
    made = datasets.make_classification(
        4000, 20, n_informative=6, n_redundant=4, weights=[0.85], flip_y=0.1, random_state=0
    )
    return _numbers("clusters", "binary", made)


def rings() -> Problem:
    """Three classes as shells around each other, in ten dimensions."""
    made = datasets.make_gaussian_quantiles(n_samples=3000, n_features=10, random_state=0)
    return _numbers("rings", "multiclass", made)


def shops() -> Problem:
    """Sales that weekday, shop and weather multiply, with noise that grows with them."""
    rng = np.random.default_rng(0)
    n = 4000
    shop, day = rng.integers(40, size=n), rng.integers(7, size=n)
    weather = rng.choice(["sun", "rain", "snow"], n, p=[0.6, 0.3, 0.1])
    price = rng.lognormal(0, 0.3, n)
    share = {"sun": 0.0, "rain": -0.4, "snow": -0.9}
    log = rng.normal(0, 0.5, 40)[shop] + rng.normal(0, 0.4, 7)[day] - price
    log = log + np.array([share[name] for name in weather]) + rng.normal(0, 0.25, n)
    columns = {"shop": shop.astype(str), "day": day.astype(str), "weather": weather}
    frame = pd.DataFrame(columns | {"price": price, "sales": 100 * np.exp(log)})
    return Problem(frame, contract_of("shops", "sales", "regression", frame))


def shuffled(name: str) -> Callable[[], Problem]:
    """One of the benchmark's problems, split at random instead of by time."""

    def make() -> Problem:
        whole = PROBLEMS[name]()
        frame, contract = whole.frame.drop(columns=TIME), whole.contract
        name_, task = contract.pipeline, contract.problem
        return Problem(frame, contract_of(name_, contract.target, task, frame))

    return make


YARDSTICKS: dict[str, Callable[[], Problem]] = {
    "diabetes": diabetes,
    "breast_cancer": breast_cancer,
    "wine": wine,
    "friedman_1": friedman_1,
    "friedman_2": friedman_2,
    "lines": lines,
    "clusters": clusters,
    "rings": rings,
    "shops": shops,
    "bike_shuffled": shuffled("bike_sharing"),
    "bank_shuffled": shuffled("bank_marketing"),
}


def _numbers(name: str, task: str, made: tuple[np.ndarray, np.ndarray]) -> Problem:
    frame = pd.DataFrame(made[0], columns=[f"x{k}" for k in range(made[0].shape[1])])
    frame["y"] = made[1]
    return Problem(frame, contract_of(name, "y", task, frame))
