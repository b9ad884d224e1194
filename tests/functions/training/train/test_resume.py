"""An interrupted search goes on where it left off."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]

ROOT = Path(__file__).parents[4]
SIGTERM_EXIT = 143


def start(root: Path) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(str(ROOT / part) for part in ("functions", "layers/core"))
    environment = os.environ | {"SAGEMAKER_BASE_DIR": str(root), "PYTHONPATH": path}
    return subprocess.Popen([sys.executable, "-m", "training.train"], env=environment)


def wait_for_outputs(process: subprocess.Popen[bytes], root: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list((root / "checkpoints").rglob("*.npy"))) < count:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_sigterm_loses_one_trial_at_most(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """A run stopped within its search and started again delivers the uninterrupted result."""
    frame = mixed.drop(columns="label")
    job = lay_out(frame, "amount", "regression", trials=9)
    process = start(job.root)
    wait_for_outputs(process, job.root, 5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == SIGTERM_EXIT
    assert not (job.root / "output/failure").exists()
    kept = len(list((job.root / "checkpoints").rglob("*.npy")))
    with next((job.root / "checkpoints").glob("*.journal")).open("ab") as journal:
        journal.write(b'{"op_code": 5, "cut o')

    assert train(job) == 0

    resumed, artifact = job.produced(), job.artifact()
    assert resumed["search"]["resumed"]
    assert len(resumed["search"]["trials"]) == 9
    assert kept >= 5
    for path in (job.root / "checkpoints").rglob("*.*"):
        path.unlink()
    train(job)
    assert not job.produced()["search"]["resumed"]
    losses = [t["loss"] for t in job.produced()["search"]["trials"]]
    assert [t["loss"] for t in resumed["search"]["trials"]] == losses
    assert artifact == job.artifact()


def test_checkpoint_without_outputs_is_enough(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """Outputs that were not synced in time are computed again, to the same result."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression", trials=6)
    train(job)
    artifact = job.artifact()
    for path in (job.root / "checkpoints").rglob("*.npy"):
        path.unlink()

    train(job)

    assert job.artifact() == artifact
