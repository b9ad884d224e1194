"""What a search may see, and how much it may spend."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidemill.contract import Contract
from training.train import channels
from training.train.candidates import DEFAULT, Candidates
from training.train.channels import Channel
from training.train.folds import FOLDS, Folds
from training.train.journal import Journal
from training.train.metrics import Scorer
from training.train.preparation import Preparation
from training.train.search import WORK, Search


class FreeFolds(Folds):
    """Folds that cost nothing: the loss is that of a learning rate of its own."""

    def scored(self, params: Mapping[str, Any], outputs: np.ndarray) -> Iterator[float]:
        outputs[:] = 0.0
        yield from [abs(params.get("learning_rate", 1.0) - 0.07)] * FOLDS


def folds_of(rows: int, kind: type[Folds] = Folds, *, forward: bool = False) -> Folds:
    rng = np.random.default_rng(0)
    channel = Channel(pd.DataFrame({"x": rng.normal(size=rows)}), rng.normal(size=rows))
    candidates = Candidates(
        "regression", "rmse", Preparation("regression", rows, ["x"], []), seed=0
    )
    return kind(channel, candidates, Scorer("regression", []), "rmse", forward)


def test_in_an_order_of_time_no_fold_learns_from_what_came_later() -> None:
    """Every fold learns from older rows than it is tried on, and all rows but the first are."""
    folds = folds_of(103, forward=True)
    tried: list[int] = []
    for learn, held in folds._splits():
        assert learn.max() < held.min()
        tried += held.tolist()
    assert tried == list(range(103))[folds.held]
    assert 20 <= 103 - len(tried) <= 24


def test_without_an_order_every_row_is_tried_once() -> None:
    """The folds part all rows."""
    folds = folds_of(103)
    tried = np.concatenate([held for _, held in folds._splits()])
    assert sorted(tried) == list(range(103))[folds.held]


def test_the_oldest_rows_of_one_class_are_no_fold() -> None:
    """Where the first rows cannot teach, folds are dealt without regard to time."""
    y = np.array(["no"] * 60 + ["yes", "no"] * 20)
    channel = Channel(pd.DataFrame({"x": np.arange(100.0)}), y)
    candidates = Candidates("binary", "log_loss", Preparation("binary", 100, ["x"], []), seed=0)
    folds = Folds(channel, candidates, Scorer("binary", ["no", "yes"]), "log_loss", forward=True)
    assert folds.held == slice(0, None)
    assert all(len(np.unique(y[learn])) == 2 for learn, _ in folds._splits())


@pytest.mark.parametrize("by", ["time", "hash"])
def test_rows_split_by_time_are_learnt_in_its_order(tmp_path: Path, by: str) -> None:
    """A dataset says whether its rows have an order, and has its training rows in it."""
    at = np.random.default_rng(0).permutation(40)
    frame = pd.DataFrame({"at": at, "x": at * 2.0, "y": at * 1.0})
    for name in ("train", "validation", "test"):
        (tmp_path / name).mkdir()
        frame.to_parquet(tmp_path / name / "part.parquet")
    columns = {"at": {"type": "int"}, "x": {"type": "float"}, "y": {"type": "float"}}
    contract = Contract.model_validate(
        {
            "pipeline": "p",
            "target": "y",
            "sources": {"rows": {"columns": columns}},
            "split": {"by": by, "column": "at"} if by == "time" else {"by": by},
        }
    )
    folders = {name: tmp_path / name for name in ("train", "validation", "test")}
    dataset = channels.load(folders, contract, "regression")
    assert dataset.forward is (by == "time")
    assert (dataset.train.y.tolist() == sorted(dataset.train.y)) is dataset.forward


def test_work_is_counted_in_fits_of_the_default() -> None:
    """The default costs one; smaller and fewer trees cost less."""
    candidates = folds_of(50).candidates
    assert candidates.cost(DEFAULT) == 1
    assert candidates.cost(DEFAULT | {"max_leaf_nodes": 8}) < 1
    assert candidates.cost({"family": "linear", "degree": 1, "strength": 1.0}) < 0.2


@pytest.mark.parametrize(("rows", "all_made"), [(1999, True), (2000, False)])
def test_a_search_ends_when_its_work_is_done(tmp_path: Path, rows: int, all_made: bool) -> None:
    """On all but few rows a search stops at its work, not before; on few it makes all trials."""
    folds = folds_of(rows, FreeFolds)
    journal = Journal.open(tmp_path, "study")
    assert Search(folds, journal, trials=30, deadline=float("inf")).run() is False
    done = journal.finished()
    costs = [folds.cost(trial.params, len(trial.intermediate_values)) for trial in done]
    assert (len(done) == 30) is all_made
    assert (sum(costs[:-1]) < WORK <= sum(costs)) is not all_made
