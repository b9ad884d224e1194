"""Boosting in chunks is boosting."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from training.train.rows.channels import Channel
from training.train.rows.preparation import Preparation
from training.train.searching import fitting
from training.train.searching.candidates import CALM, Candidates
from training.train.searching.fitting import Place, Prepared, fit, grow

ROUNDS = 120
COLUMNS = ["a", "b", "c"]


def channel_of(task: str) -> Channel:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=COLUMNS)
    signal = (frame["a"] * frame["b"] + rng.normal(size=200)).to_numpy()
    targets = {
        "regression": np.exp(signal),
        "binary": np.where(signal > 0, "yes", "no"),
        "multiclass": np.digitize(signal, [-0.5, 0.5]),
    }
    return Channel(frame, targets[task])


def pipeline_for(task: str, **chosen: object) -> Pipeline:
    candidates = Candidates(task, "rmse", Preparation(task, 200, COLUMNS, []), seed=3)
    return candidates.make(CALM | {"max_iter": ROUNDS} | chosen)


def trees(pipeline: Pipeline) -> list[bytes]:
    # scikit-learn keeps trees in private attributes only.
    rounds = pipeline.steps[-1][1]._predictors
    return [tree.nodes.tobytes() for trees in rounds for tree in trees]


@pytest.mark.parametrize(
    ("task", "chosen"),
    [
        ("regression", {"loss": "squared_error"}),
        ("regression", {"loss": "absolute_error"}),
        ("regression", {"loss": "gamma"}),
        ("binary", {}),
        ("multiclass", {}),
    ],
)
def test_chunks_make_the_trees_of_one_fit(task: str, chosen: dict[str, Any]) -> None:
    """To the bit, with features drawn at random for each split."""
    channel = channel_of(task)
    whole = pipeline_for(task, **chosen).fit(channel.X, channel.y)
    made = fit(pipeline_for(task, **chosen), channel.X, channel.y, Place())
    assert trees(made) == trees(whole)
    assert np.array_equal(made.predict(channel.X), whole.predict(channel.X))


def test_a_fit_goes_on_from_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long fit that is cut off after any chunk ends with the same trees."""
    monkeypatch.setattr(fitting, "KEEP_AFTER", -1.0)
    channel = channel_of("regression")
    whole = pipeline_for("regression").fit(channel.X, channel.y)
    place = Place(tmp_path / "fit.joblib")
    data = Prepared(channel.X.to_numpy(), channel.y, channel.X.to_numpy())
    for _ in grow(pipeline_for("regression").steps[-1][1], data, ROUNDS, place):
        break
    kept = place.load()
    assert kept is not None
    assert kept.n_iter_ == fitting.CHUNK
    made = fit(pipeline_for("regression"), channel.X, channel.y, place)
    assert trees(made) == trees(whole)


@pytest.mark.parametrize("content", [b"", b"torn", b"\x80\x04"])
def test_what_was_kept_and_cannot_be_read_is_made_again(tmp_path: Path, content: bytes) -> None:
    """A file that the checkpoint brought back in pieces is as good as none."""
    path = tmp_path / "fit.joblib"
    path.write_bytes(content)
    assert Place(path).load() is None


def test_a_fit_is_kept_in_a_folder_that_was_not_there(tmp_path: Path) -> None:
    """Only the host that leads has made the folder of its search."""
    place = Place(tmp_path / "study" / "fit.joblib")
    place.keep([1, 2])
    assert place.load() == [1, 2]
