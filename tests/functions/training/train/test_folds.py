"""What a candidate may see while it is scored."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidemill.contract import Contract
from training.train.measuring.metrics import Scorer
from training.train.rows import channels
from training.train.rows.channels import Channel
from training.train.rows.preparation import Preparation
from training.train.searching.candidates import CALM, Candidates
from training.train.searching.curve import MOST_ROUNDS, best_rounds
from training.train.searching.fitting import Place
from training.train.searching.folds import Folds

type Make = Callable[..., Folds]


def test_in_an_order_of_time_no_fold_learns_from_what_came_later(folds_of: Make) -> None:
    """Every fold learns from older rows than it is tried on, and all rows but the first are."""
    folds = folds_of(103, forward=True)
    tried: list[int] = []
    for part in folds.parts[1:]:
        assert part.held is not None
        assert part.learn.max() < part.held.min()
        tried = [*part.held.tolist(), *tried]
    assert tried == folds.held.tolist()
    assert 25 <= 103 - len(tried) <= 29


def test_without_an_order_every_row_is_tried_once(folds_of: Make) -> None:
    """The folds part all rows, and the validation channel is tried after all of train."""
    folds = folds_of(103)
    tried = np.concatenate([part.held for part in folds.parts[1:] if part.held is not None])
    assert sorted(tried) == list(range(103)) == folds.held.tolist()
    assert folds.parts[0].held is None
    assert folds.parts[0].learn.tolist() == list(range(103))


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_no_group_is_both_learnt_from_and_held_out(folds_of: Make, task: str) -> None:
    """Where whole groups were dealt to the channels, whole groups are dealt to the folds."""
    groups = np.arange(120) // 6
    folds = folds_of(120, groups=groups, task=task)
    for part in folds.parts[1:]:
        assert not set(groups[part.learn]) & set(groups[part.held])


def test_the_oldest_rows_of_one_class_are_no_fold() -> None:
    """Where the first rows cannot teach, folds are dealt without regard to time."""
    y = np.array(["no"] * 60 + ["yes", "no"] * 20)
    channel = Channel(pd.DataFrame({"x": np.arange(100.0)}), y)
    candidates = Candidates("binary", "log_loss", Preparation("binary", 100, ["x"], []), seed=0)
    scorer = Scorer("binary", ["no", "yes"])
    folds = Folds(channel, channel, candidates, scorer, "log_loss", forward=True)
    assert folds.held.tolist() == list(range(100))
    assert all(len(np.unique(y[part.learn])) == 2 for part in folds.parts)


@pytest.mark.parametrize("by", ["time", "hash", "group"])
def test_rows_are_learnt_as_they_were_split(tmp_path: Path, by: str) -> None:
    """A dataset says whether its rows have an order, and has it; and which group each row is of."""
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
            "split": {"by": by} | ({} if by == "hash" else {"column": "at"}),
        }
    )
    folders = {name: tmp_path / name for name in ("train", "validation", "test")}
    dataset = channels.load(folders, contract, "regression")
    assert dataset.forward is (by == "time")
    assert (dataset.train.y.tolist() == sorted(dataset.train.y)) is dataset.forward
    assert (dataset.groups is not None) is (by == "group")


def test_boosting_stops_where_more_rounds_bring_nothing(folds_of: Make) -> None:
    """Noise is not learnt for long, and all folds together say after how many rounds to stop."""
    folds = folds_of(300)
    curves = [folds.curve(CALM, fold, Place()) for fold in range(len(folds.parts))]
    assert all(curve.rounds < MOST_ROUNDS for curve in curves)
    rounds = best_rounds(curves)
    unseen = folds.unseen(curves, rounds)
    assert folds.fits(unseen)
    later = folds.unseen(curves, max(curve.rounds for curve in curves))
    assert folds.loss(unseen) < folds.loss(later)


def test_work_is_counted_in_fits_of_the_default(folds_of: Make) -> None:
    """A hundred rounds of 31 leaves on all the rows cost one; a line costs little."""
    candidates = folds_of(50).candidates
    default: dict[str, Any] = {"family": "boosting", "max_iter": 100, "max_leaf_nodes": 31}
    assert candidates.cost(default) == 1
    assert candidates.cost(default | {"max_leaf_nodes": 8}) < 1
    assert candidates.cost({"family": "linear", "degree": 1, "strength": 1.0}) < 0.2
