"""Starts training jobs, finds them again, and passes on the wish to end one."""

import threading
from typing import Any

from local.faults import Faults
from local.jobs import NameTakenError, NoSuchJobError, NotRunningError, TrainingJob
from local.run import Run, Surroundings

_ENDED = frozenset({"Completed", "Failed", "Stopped"})


class Executor:
    """All training jobs of the cloud, each with a thread while it runs."""

    def __init__(self, around: Surroundings, faults: Faults) -> None:
        self._around = around
        self._faults = faults
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def create(self, request: dict[str, Any]) -> TrainingJob:
        """Start a job; raises NameTakenError, for names are never used twice."""
        settings = self._around.settings
        name = request["TrainingJobName"]
        arn = f"arn:aws:sagemaker:{settings.region}:{settings.account}:training-job/{name}"
        with self._lock:
            if name in self._runs:
                raise NameTakenError(arn)
            run = Run(TrainingJob(request, arn), self._around, self._faults.take(name))
            self._runs[name] = run
        threading.Thread(target=run, name=f"training-{name}", daemon=True).start()
        return run.job

    def jobs(self) -> list[TrainingJob]:
        """Every job there ever was, in the order of creation."""
        with self._lock:
            return [run.job for run in self._runs.values()]

    def get(self, name: str) -> TrainingJob:
        """The job of this name; raises NoSuchJobError."""
        return self._run(name).job

    def stop(self, name: str) -> None:
        """Ask a job to stop; raises NoSuchJobError or NotRunningError."""
        run = self._run(name)
        if run.job.status in _ENDED:
            raise NotRunningError(run.job.status)
        run.wish = "Stopped"

    def interrupt(self, name: str | None) -> str:
        """Take the spot capacity away from a job, the latest running spot job when unnamed."""
        with self._lock:
            running = [
                run
                for run in self._runs.values()
                if run.job.spot
                and run.job.secondary in {"Downloading", "Training"}
                and name in {None, run.job.name}
            ]
        if not running:
            raise NotRunningError(name or "")
        running[-1].wish = "Interrupted"
        return running[-1].job.name

    def _run(self, name: str) -> Run:
        with self._lock:
            run = self._runs.get(name)
        if run is None:
            raise NoSuchJobError(name)
        return run
