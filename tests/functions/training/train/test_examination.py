"""What a run finds out about its model, from end to end."""

import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidemill.evaluation import Evaluation

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]
CLOCKS = ("training_seconds", "serving")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """A target that follows from numbers and a category, with noise; `strong` nearly tells it."""
    rng = np.random.default_rng(11)
    n = 1200
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    frame["kind"] = rng.choice(["x", "y", "z"], n)
    frame["target"] = frame["a"] + frame["b"] ** 2 + (frame["kind"] == "x") + rng.normal(size=n) / 2
    frame["strong"] = frame["target"] + rng.normal(size=n) / 5
    return frame


def test_a_run_tells_what_it_found_out(lay_out: LayOut, train: Train, rows: pd.DataFrame) -> None:
    """Intervals, slices, learning curve, suspects and serving, as the page of evaluations has it.

    A second run from the same channels gives the same, but for what it took.
    """
    job = lay_out(rows, "target", "regression", trials=2)
    assert train(job) == 0, job.failure()
    produced = job.produced()
    found = Evaluation.model_validate(produced)
    score = found.test_metrics("challenger")["rmse"]
    low, high = found.intervals["challenger"]["rmse"]
    assert low < score < high
    assert {s.column for s in found.slices} >= {"kind", "strong"}
    assert all(set(s.scores) == {"challenger", "default"} for s in found.slices)
    assert found.serving.latency_ms > 0
    assert found.serving.artifact_bytes == len(job.artifact())
    assert [point["rows"] for point in produced["learning_curve"]] == [90, 240, 720]
    assert any("training rows rmse on validation went from" in note for note in found.notes)
    assert any("slices of the test rows were looked at" in note for note in found.notes)
    assert [suspect["column"] for suspect in produced["suspects"]] == ["strong"]
    assert next(iter(produced["importances"])) == "strong"

    shutil.rmtree(job.root / "checkpoints")
    assert train(job) == 0
    again = job.produced()
    assert all(produced.pop(key) and again.pop(key) for key in CLOCKS)
    assert again == produced


def test_a_leak_stops_a_run_within_its_first_seconds(
    lay_out: LayOut, train: Train, rows: pd.DataFrame
) -> None:
    """Before anything is searched; the failure names the column and what to write."""
    job = lay_out(rows.assign(leak=np.exp(rows["target"])), "target", "regression")
    assert train(job) == 1
    assert job.failure().startswith("LeakageError: leak (r2 0.99")
    assert "sources.rows.columns.leak.leakage: true" in job.failure()
    assert not (job.root / "model/artifact.tidemill").exists()
