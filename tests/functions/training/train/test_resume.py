"""An interrupted search goes on where it left off."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from training.train import __main__ as entry

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]

ROOT = Path(__file__).parents[4]
SIGTERM_EXIT = 143
INTERRUPTIONS = 10


PATH = os.pathsep.join(str(ROOT / part) for part in ("functions", "layers/core"))


def start(root: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"SAGEMAKER_BASE_DIR": str(root), "PYTHONPATH": PATH}
    return subprocess.Popen([sys.executable, "-m", "training.train"], env=environment)


def wait_for_trials(process: subprocess.Popen[bytes], journal: Path) -> None:
    """Until the first batch of trials stands in the journal."""
    deadline = time.monotonic() + 180
    while not journal.exists() or len(journal.read_bytes().splitlines()) < 4:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_sigterm_loses_one_trial_at_most(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """A run stopped within its search and started again delivers the uninterrupted result."""
    frame = mixed.drop(columns="label")
    job = lay_out(frame, "amount", "regression", trials=9)
    process = start(job.root)
    wait_for_trials(process, job.root / "checkpoints/search.journal")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == SIGTERM_EXIT
    assert not (job.root / "output/failure").exists()
    with next((job.root / "checkpoints").glob("*.journal")).open("ab") as journal:
        journal.write(b'{"op_code": 5, "cut o')

    assert train(job) == 0

    resumed, artifact = job.produced(), job.artifact()
    assert resumed["search"]["resumed"]
    assert len(resumed["search"]["trials"]) == 9
    for path in (job.root / "checkpoints").rglob("*.*"):
        path.unlink()
    train(job)
    assert not job.produced()["search"]["resumed"]
    losses = [t["loss"] for t in job.produced()["search"]["trials"]]
    assert [t["loss"] for t in resumed["search"]["trials"]] == losses
    assert artifact == job.artifact()


def clear(root: Path) -> None:
    for path in (root / "checkpoints").rglob("*.*"):
        path.unlink()


def result(job: Any) -> tuple[Any, ...]:  # noqa: ANN401 - of a job
    evaluation = job.produced()
    losses = [(trial["state"], trial["loss"]) for trial in evaluation["search"]["trials"]]
    return job.artifact(), evaluation["models"], evaluation["comparisons"], losses


def wait_for_growth(process: BaseProcess, journal: Path) -> None:
    """Until the search has gone on, or the process has ended, or only the last steps are left."""
    size = journal.stat().st_size if journal.exists() else 0
    deadline = time.monotonic() + 10
    while process.is_alive() and time.monotonic() < deadline:
        if journal.exists() and journal.stat().st_size > size:
            return
        time.sleep(0.005)


def test_ten_interruptions_at_random_moments_change_nothing(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to stop or killed, ten times over: artifact, metrics and losses are the same."""
    job = lay_out(mixed[["size", "amount"]].head(120), "amount", "regression", trials=8)
    assert train(job) == 0
    uninterrupted = result(job)
    clear(job.root)
    # The server of forks takes its path from the environment alone.
    monkeypatch.setenv("PYTHONPATH", PATH)
    forks = get_context("forkserver")
    forks.set_forkserver_preload(["training.train.__main__"])
    moments, interrupted = random.Random(0), 0  # noqa: S311 - no secret
    while interrupted < INTERRUPTIONS:
        process = forks.Process(target=entry.main)
        process.start()
        wait_for_growth(process, job.root / "checkpoints/search.journal")
        time.sleep(moments.uniform(0, 2))
        moments.choice([process.terminate, process.kill])()
        process.join(timeout=60)
        if process.exitcode == 0:
            assert result(job) == uninterrupted
            clear(job.root)
        else:
            assert process.exitcode in {SIGTERM_EXIT, -signal.SIGTERM, -signal.SIGKILL}
            interrupted += 1

    assert train(job) == 0

    assert not (job.root / "output/failure").exists()
    assert result(job) == uninterrupted


def test_checkpoint_without_outputs_is_enough(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """Outputs that were not synced in time are computed again, to the same result."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression", trials=6)
    train(job)
    artifact = job.artifact()
    for path in (job.root / "checkpoints").rglob("*.npz"):
        path.unlink()

    train(job)

    assert job.artifact() == artifact
