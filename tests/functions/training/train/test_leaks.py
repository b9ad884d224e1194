"""A column that gives the target away is named; one that does not is left alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.functions.training.train.conftest import contract_for
from tidemill.artifact import Feature, Signature
from tidemill.contract import Contract
from tidemill.errors import LeakageError
from training.train.examining.leaks import Suspect, find_suspects
from training.train.rows.channels import Channel, Dataset
from training.train.rows.preparation import Preparation

type Vector = np.ndarray[Any, Any]
RNG = np.random.default_rng(7)
N = 2000
NOISE = RNG.normal(size=(4, N))
NUMBER = NOISE[0] + 0.5 * NOISE[1]
RARE = np.where(NOISE[0] > np.quantile(NOISE[0], 0.96), "yes", "no")
HALF = np.where(NOISE[0] > 0, "yes", "no")
THREE = np.array(["a", "b", "c"])[np.digitize(NOISE[0], [-0.4, 0.4])]


def dataset(y: Vector, *, forward: bool = False, **columns: Any) -> Dataset:  # noqa: ANN401
    frame = pd.DataFrame(columns)
    texts = [name for name in frame if frame[name].dtype.kind not in "fib"]
    kinds = {name: object if name in texts else float for name in frame}
    frame = frame.astype(kinds).copy()
    channel = Channel(frame, y)
    signature = Signature(tuple(Feature(name, "float") for name in frame))
    classes = [] if y.dtype.kind == "f" else np.unique(y).tolist()
    numbers = [name for name in frame if name not in texts]
    preparation = Preparation("binary" if classes else "regression", len(y), numbers, texts)
    return Dataset(channel, channel, channel, signature, preparation, classes, forward=forward)


def suspects(found: Dataset, **leakage: bool) -> list[Suspect]:
    document = contract_for(found.train.X.assign(y=found.train.y), "y")
    for column, said in leakage.items():
        document["sources"]["rows"]["columns"][column]["leakage"] = said
    return find_suspects(found, Contract.model_validate(document))


@pytest.mark.parametrize(
    ("y", "leak"),
    [
        (NUMBER, NUMBER),
        (NUMBER, np.exp(3 * NUMBER)),
        (np.exp(3 * NUMBER), NUMBER),
        (NUMBER, -np.cbrt(NUMBER) + 1),
        (np.abs(NUMBER), NUMBER),
        (NUMBER, NUMBER + 0.01 * NOISE[3]),
        (NUMBER.round(1), [f"R{v:.1f}" for v in NUMBER]),
        (NUMBER, np.where(RNG.random(N) < 0.001, np.nan, NUMBER)),
        (HALF, HALF),
        (HALF, (HALF == "yes") + 0.1 * NOISE[3]),
        (HALF, np.where(HALF == "yes", np.nan, NOISE[3])),
        (HALF, np.where(HALF == "yes", 5.0, 0.0)),
        (HALF, np.abs(NOISE[0] + 50 * (HALF == "yes"))),
        (RARE, RARE),
        (RARE, NOISE[0]),
        (RARE, np.where(RARE == "yes", "closed", RNG.choice(["open", "new"], N))),
        (THREE, [{"a": "x", "b": "y", "c": "z"}[v] for v in THREE]),
        (THREE, NOISE[0] ** 3),
    ],
    ids=range(18),
)
def test_a_column_that_gives_the_target_away_stops_the_run(y: Vector, leak: Any) -> None:  # noqa: ANN401
    """Copies, codings, monotone transforms, sharp bounds, gaps where the outcome is known."""
    found = dataset(y, honest=NOISE[2] + NOISE[0] / 2, leak=leak)
    with pytest.raises(LeakageError, match=r"^leak \((r2|roc_auc|accuracy) (1|0\.99\d+)\) alone"):
        suspects(found)
    assert suspects(found, leak=True) == suspects(found, leak=False) == []


def test_the_refusal_names_score_and_both_remedies() -> None:
    """Whoever reads it knows which line of the contract to write."""
    with pytest.raises(LeakageError) as refused:
        suspects(dataset(HALF, paid=HALF))
    assert str(refused.value) == (
        "paid (roc_auc 1) alone predicts y nearly perfectly on rows not learnt from. A column "
        "known only with the outcome must not be learnt from: set "
        "sources.rows.columns.paid.leakage: true; if it is known before, vouch for it with "
        "sources.rows.columns.paid.leakage: false"
    )


def test_many_leaks_fit_into_one_sentence() -> None:
    """The first few are named, the others counted."""
    leaks = {f"column_{k:03}": HALF for k in range(200)}
    with pytest.raises(LeakageError, match="and 195 more columns each alone predict") as refused:
        suspects(dataset(HALF, **leaks))
    assert len(str(refused.value)) < 1000


def test_a_strong_column_is_only_suspected() -> None:
    """Well below perfection the run goes on, and the evaluation says which column to look at."""
    (found,) = suspects(dataset(NUMBER, strong=NUMBER + 0.2 * NOISE[2], weak=NOISE[3]))
    assert (found.column, found.metric) == ("strong", "r2")
    assert 0.95 <= found.score < 0.995


def walk(noise: Vector) -> Vector:
    return np.cumsum(noise)


WALK = walk(NOISE[0])
TREND = np.arange(N) / 100 + 0.1 * NOISE[1]
PHASES = np.where(np.arange(N) // 250 % 2 == 0, "on", "off")


@pytest.mark.parametrize(
    ("y", "column"),
    [
        (WALK, np.concatenate([[0.0], WALK[:-1]])),
        (TREND, np.arange(N)),
        (TREND, np.concatenate([[0.0], TREND[:-1]])),
        (PHASES, np.arange(N)),
    ],
)
def test_a_clock_and_yesterday_do_not_leak(y: Vector, column: Vector) -> None:
    """In rows in the order of time a column must tell more than the rows before and after."""
    assert suspects(dataset(y, forward=True, column=column)) == []


@pytest.mark.parametrize(("y", "leak"), [(WALK, 3 * WALK), (TREND, TREND), (PHASES, PHASES)])
def test_a_copy_is_found_in_the_order_of_time_too(y: Vector, leak: Vector) -> None:
    """What tells today's value itself stops the run, however smooth the series is."""
    with pytest.raises(LeakageError, match="leak"):
        suspects(dataset(y, forward=True, leak=leak))


def customers(y: Vector) -> Vector:
    return np.array([f"customer {k}" for k in range(len(y))])


@pytest.mark.parametrize(
    "make", [customers, lambda y: np.arange(len(y)), lambda y: np.ones(len(y))]
)
@pytest.mark.parametrize(
    "y",
    [NUMBER, HALF, RARE, THREE, NUMBER[:30], HALF[:30], np.where(np.arange(N) < 3, "yes", "no")],
    ids=range(7),
)
def test_ids_and_constants_do_not_leak(y: Vector, make: Callable[[Vector], Vector]) -> None:
    """A value for each row foretells nothing, however few rows or rare the class."""
    assert suspects(dataset(y, column=make(y))) == []


@pytest.mark.parametrize("kind", ["number", "half", "tenth", "hundredth", "three"])
def test_noise_is_never_suspected(kind: str) -> None:
    """Twenty-five columns of noise over 30 to 300 rows, at every balance of the classes."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(30, 300))
        shares = {"half": 0.5, "tenth": 0.1, "hundredth": 0.01}
        y: Vector = rng.normal(size=n)
        if kind == "three":
            y = rng.choice(["a", "b", "c"], n)
        elif kind != "number":
            y = np.where(rng.random(n) < shares[kind], "yes", "no")
        columns: dict[str, Any] = {f"x{k}": rng.normal(size=n) for k in range(15)}
        columns |= {f"c{k}": rng.choice(list("abcdefgh"), n) for k in range(5)}
        columns |= {f"h{k}": rng.integers(0, n, n).astype(str) for k in range(5)}
        assert suspects(dataset(y, **columns)) == []
