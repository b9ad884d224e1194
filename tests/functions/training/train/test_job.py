"""A job from its tree: out of time, over a sample, and on two hosts."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from training.train.opt_ml import OptMl
from training.train.rows import channels
from training.train.searching import cluster
from training.train.settings import RunSettings
from training.train.training import train as train_model

from .test_cluster import PATH, address

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]
type Host = subprocess.Popen[bytes]

__all__ = ["address"]


def test_a_job_short_of_time_delivers_its_best_so_far(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """One scored candidate is enough for a whole model, which says that time cut it short."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression", trials=40, max_seconds=1)
    assert train(job) == 0
    produced = job.produced()
    assert produced["delivered"] == "best so far"
    assert produced["search"]["cut_short"] is True
    assert 1 <= produced["search"]["completed"] < 40


def test_time_before_an_interruption_counts(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that ran for most of its time, and was interrupted, has little of it left."""
    monkeypatch.setenv("TRAINING_JOB_NAME", "job")
    job = lay_out(mixed.drop(columns="label"), "amount", "regression", trials=40)
    (job.root / "checkpoints").mkdir()
    kept = {"job": "job", "seconds": 3500}
    (job.root / "checkpoints/clock.json").write_text(json.dumps(kept))
    assert train(job) == 0
    assert job.produced()["delivered"] == "best so far"


def test_a_sample_is_learnt_from_and_said(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """Where the plan found too many rows; the test rows are all there."""
    frame = pd.concat([mixed.drop(columns="label")] * 4, ignore_index=True)
    job = lay_out(frame, "amount", "regression", sample_rows=300, memory_mb=9)
    assert train(job) == 0
    produced = job.produced()
    assert produced["sample"]["rows_of"] == 768
    assert produced["sample"]["bound_mb"] == 9
    assert 240 < produced["sample"]["rows"] < 360
    assert produced["rows"]["test"] == 192
    assert any("were learnt from, a sample" in note for note in produced["notes"])


class Pairs:
    """Two trials at a time, one after the other, in this process."""

    width = 2

    def run(self, tasks: Sequence[Callable[[], Any]]) -> list[Any]:
        return [task() for task in tasks]


def say_hosts(root: Path, own: str) -> None:
    said = {"current_host": own, "hosts": ["algo-1", "algo-2"], "network_interface_name": "lo"}
    folder = root / "input/config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "resourceconfig.json").write_text(json.dumps(said))


@pytest.fixture
def other(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The second host of a job: its own tree and its own process."""
    root = tmp_path_factory.mktemp("algo-2")
    say_hosts(root, "algo-2")
    variables = {"SAGEMAKER_BASE_DIR": str(root), "PYTHONPATH": PATH, cluster.ADDRESS: address}
    program = [sys.executable, "-m", "training.train"]
    with subprocess.Popen(program, env=os.environ | variables) as process:  # noqa: S603 - ourselves
        yield process
        process.kill()


def alone(job: Any, checkpoints: Path) -> bytes:  # noqa: ANN401 - of a job
    """The artifact of one host that asks for two trials at a time."""
    checkpoints.mkdir()
    tree = OptMl(job.root)
    settings = RunSettings.from_job(tree.contract(), tree.hyperparameters())
    folders = {name: tree.channel(name) for name in ("train", "validation", "test")}
    dataset = channels.load(folders, settings.contract, settings.task)
    return train_model(dataset, settings, checkpoints, None, runner=Pairs()).artifact


def kill_when_searching(host: Host, checkpoints: Path) -> None:
    """As soon as a first fold has been scored."""
    while host.poll() is None and not list(checkpoints.glob("*/*")):
        time.sleep(0.02)
    host.kill()


@pytest.mark.parametrize("lost", [False, True], ids=["both stay", "one is killed midway"])
def test_two_hosts_give_what_one_gives(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame, other: Host, *, lost: bool
) -> None:
    """The same artifact, byte for byte; a host that is lost changes nothing of it."""
    job = lay_out(mixed[["size", "flag", "amount"]], "amount", "regression", trials=10)
    expected = alone(job, job.root / "alone")
    say_hosts(job.root, "algo-1")
    if lost:
        where = other, job.root / "checkpoints"
        threading.Thread(target=kill_when_searching, args=where, daemon=True).start()
    assert train(job) == 0
    assert other.wait(timeout=60) == (-signal.SIGKILL if lost else 0)
    assert job.artifact() == expected
    assert job.produced()["search"]["instances"] == 2
