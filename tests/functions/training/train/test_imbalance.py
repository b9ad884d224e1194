"""What is tried for rare classes, and that it stays with the rows learnt from."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from training.train.searching.fitting import Place, fit, prepare
from training.train.searching.imbalance import treat, treatments

ALL = ("none", "weights", "oversample", "undersample")


def labels(*counts: int) -> np.ndarray:
    return np.repeat(np.array(list("abcdefgh")[: len(counts)]), counts)


@pytest.mark.parametrize(
    ("task", "counts", "setting", "metric", "tried"),
    [
        ("binary", (850, 150), "auto", "f1", ALL),
        ("binary", (850, 150), "auto", "average_precision", ("none",)),
        ("binary", (970, 30), "auto", "average_precision", ALL),
        ("binary", (700, 300), "auto", "f1", ("none",)),
        ("multiclass", (100,) * 8, "auto", "f1", ("none",)),
        ("multiclass", (100,) * 7 + (30,), "auto", "balanced_accuracy", ALL),
        ("binary", (970, 30), "none", "f1", ("none",)),
        ("binary", (500, 500), "oversample", "roc_auc", ("oversample",)),
        ("regression", (970, 30), "auto", "rmse", ("none",)),
    ],
)
def test_treatments_are_tried_where_they_can_pay(
    task: str, counts: tuple[int, ...], setting: str, metric: str, tried: tuple[str, ...]
) -> None:
    """A rare class and a metric of labels, or a very rare one, or a contract that asks."""
    assert treatments(task, labels(*counts), setting, metric) == tried


@pytest.mark.parametrize("treatment", ["oversample", "undersample"])
def test_resampling_touches_no_row_held_out(treatment: str) -> None:
    """Rows to be tried come out as many and as they were; those learnt from are balanced."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "z": rng.normal(size=200)})
    y = np.where(np.arange(150) % 10 == 0, "yes", "no")
    scaled = StandardScaler().fit(frame[:150])
    pipeline = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])

    made = prepare(treat(pipeline, treatment, seed=0), frame[:150], y, frame[150:])

    assert np.array_equal(made.held, scaled.transform(frame[150:]))
    learnt = {tuple(row) for row in np.asarray(made.X)}
    assert learnt <= {tuple(row) for row in scaled.transform(frame[:150])}
    assert len(set(np.unique(made.y, return_counts=True)[1])) == 1


@pytest.mark.parametrize("treatment", ALL[1:])
def test_treated_model_is_a_plain_pipeline(treatment: str) -> None:
    """What is delivered holds no resampling step, and finds more of the rare class."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=2000)})
    y = np.where(rng.random(2000) < 1 / (1 + np.exp(4 - frame["x"])), "yes", "no")

    def plain() -> Pipeline:
        return Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])

    treated = fit(treat(plain(), treatment, seed=0), frame, y, Place())

    assert [name for name, _ in treated.steps] == ["scale", "model"]
    assert type(treated) is Pipeline
    found = (treated.predict(frame) == "yes").sum()
    assert found > (fit(plain(), frame, y, Place()).predict(frame) == "yes").sum()
