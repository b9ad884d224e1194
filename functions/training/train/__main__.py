"""The container's entry point: read the job's tree, train, write what was made."""

import json
import os
import signal
import sys
import traceback
from contextlib import AbstractContextManager, nullcontext

import optuna

from training.train.clock import Clock
from training.train.opt_ml import Hosts, OptMl
from training.train.report import render
from training.train.rows import channels
from training.train.rows.sampling import draw
from training.train.searching.runner import Here, Runner
from training.train.settings import RunSettings
from training.train.training import Delivery, threads_for, train

INTERRUPTED = 128 + signal.SIGTERM


def main() -> int:
    """Exit code 0 with a model, 1 with a named failure, 143 when told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(INTERRUPTED))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tree = OptMl.from_env()
    try:
        run(tree)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run's record must name it
        traceback.print_exc()
        tree.fail(error)
        return 1
    return 0


def run(tree: OptMl) -> None:
    """Train from the tree's channels into its model folder; or help the host that does."""
    hosts = tree.hosts()
    if not hosts.leads:
        from training.train.searching.cluster import follow  # noqa: PLC0415 - one host needs no Dask

        follow(hosts)
        return
    with Clock.resume(tree.checkpoints, os.environ.get("TRAINING_JOB_NAME", "")).running() as clock:
        signal.signal(signal.SIGTERM, lambda *_: _leave(clock))
        _lead(tree, hosts, clock)


def _leave(clock: Clock) -> None:
    """Go at once: every finished trial is on disk already, so that the current one is lost at most.

    Raising an exception instead could surface inside compiled code.
    """
    try:
        clock.keep()
    finally:
        os._exit(INTERRUPTED)


def _lead(tree: OptMl, hosts: Hosts, clock: Clock) -> None:
    settings = RunSettings.from_job(tree.contract(), tree.hyperparameters())
    folders = {name: tree.channel(name) for name in ("train", "validation", "test")}
    sample = None
    if settings.sample_rows:
        sample = draw(folders, settings.sample_rows, settings.memory_mb, tree.scratch)
        folders = sample.folders
    dataset = channels.load(folders, settings.contract, settings.task)
    path = tree.channel("champion") / "artifact.tidemill"
    champion = path.read_bytes() if path.exists() else None
    with _runner(hosts, threads_for(dataset)) as runner:
        delivery = train(dataset, settings, tree.checkpoints, champion, clock=clock, runner=runner)
    if sample:
        delivery.evaluation["sample"] = sample.to_json()
        delivery.evaluation["notes"].append(sample.note())
    write(tree, delivery, render(delivery.evaluation, dataset.test.y, delivery.test_outputs))


def _runner(hosts: Hosts, threads: int | None) -> AbstractContextManager[Runner]:
    if len(hosts.names) == 1:
        return nullcontext(Here())
    from training.train.searching.cluster import leading  # noqa: PLC0415 - one host needs no Dask

    return leading(hosts, threads)


def write(tree: OptMl, delivery: Delivery, report: str) -> None:
    """Leave the files of a model package, the one that its judge reads first as the last."""
    folder = tree.model
    for name, body in delivery.files.items():
        (folder / name).write_bytes(body)
    (folder / "artifact.tidemill").write_bytes(delivery.artifact)
    (folder / "pipeline.joblib").write_bytes(delivery.pipeline)
    (folder / "report.html").write_text(report, encoding="utf-8")
    (folder / "evaluation.json").write_text(json.dumps(delivery.evaluation, indent=2))


if __name__ == "__main__":
    sys.exit(main())
