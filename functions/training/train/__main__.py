"""The container's entry point: read the job's tree, train, write what was made."""

import json
import os
import signal
import sys
import traceback

import optuna
from pydantic import ValidationError

from tidemill.errors import TidemillError
from training.train import channels
from training.train.opt_ml import OptMl
from training.train.report import render
from training.train.settings import RunSettings
from training.train.training import Delivery, train

INTERRUPTED = 128 + signal.SIGTERM


def main() -> int:
    """Exit code 0 with a model, 1 with a named failure, 143 when told to stop."""
    # Every finished trial is on disk already: leaving at once loses the current one at most, and
    # raising an exception here could surface inside compiled code.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(INTERRUPTED))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tree = OptMl.from_env()
    try:
        run(tree)
    except (TidemillError, ValidationError, ValueError, KeyError, OSError) as error:
        traceback.print_exc()
        tree.fail(error)
        return 1
    return 0


def run(tree: OptMl) -> None:
    """Train from the tree's channels into its model folder."""
    settings = RunSettings.from_job(tree.contract(), tree.hyperparameters())
    folders = {name: tree.channel(name) for name in ("train", "validation", "test")}
    dataset = channels.load(folders, settings.contract, settings.task)
    path = tree.channel("champion") / "artifact.json.gz"
    champion = path.read_bytes() if path.exists() else None
    delivery = train(dataset, settings, tree.checkpoints, champion)
    write(tree, delivery, render(delivery.evaluation, dataset.test.y, delivery.test_outputs))


def write(tree: OptMl, delivery: Delivery, report: str) -> None:
    """Leave the four files of a model package."""
    folder = tree.model
    (folder / "artifact.json.gz").write_bytes(delivery.artifact)
    (folder / "pipeline.joblib").write_bytes(delivery.pipeline)
    (folder / "evaluation.json").write_text(json.dumps(delivery.evaluation, indent=2))
    (folder / "report.html").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
