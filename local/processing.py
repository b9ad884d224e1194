"""Processing jobs as SageMaker describes them, and the life of one: a process, start to end."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.joblog import PROCESSING, JobLog
from local.jobs import now
from local.process import ContainerProcess
from local.roles import RoleSession
from local.settings import ServerSettings
from local.watchdog import Watchdog

ENDED = frozenset({"Completed", "Failed", "Stopped"})
_NOT_DESCRIBED = frozenset({"Tags"})
_TICK = 0.05


@dataclass(slots=True)
class ProcessingJob:
    """One processing job; every change goes through `move`."""

    request: dict[str, Any]
    arn: str
    status: str = "InProgress"
    created: datetime = field(default_factory=now)
    modified: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    failure: str | None = None
    message: str | None = None
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """The job's name, unique in the account."""
        return str(self.request["ProcessingJobName"])

    @property
    def max_runtime(self) -> float:
        """Seconds that the job may run; SageMaker's default is a day."""
        return float(self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86_400))

    def move(self, status: str, failure: str | None = None) -> None:
        """Take a status, with the reason for a failure."""
        self.status, self.modified = status, now()
        self.failure = failure[:1024] if failure else None
        if status in ENDED:
            self.ended = self.modified

    def describe(self) -> dict[str, Any]:
        """The DescribeProcessingJob document, with datetimes where the API has timestamps."""
        document = {k: v for k, v in self.request.items() if k not in _NOT_DESCRIBED}
        known = {
            "ProcessingJobArn": self.arn,
            "ProcessingJobStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "ProcessingStartTime": self.started,
            "ProcessingEndTime": self.ended,
            "FailureReason": self.failure,
            "ExitMessage": self.message,
        }
        return document | {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every processing job needs of the cloud around it."""

    settings: ServerSettings
    watchdog: Watchdog
    logs: Any
    changed: Callable[[ProcessingJob], None]


class ProcessingRun:
    """Carries one job to its end; setting `stopped` asks it to end early."""

    def __init__(self, job: ProcessingJob, around: Workshop) -> None:
        self.job = job
        self.stopped = False
        self._around = around
        self._root = around.settings.scratch_dir / "processing" / job.name
        log = around.settings.state_dir / "logs" / "processing" / f"{job.name}.log"
        self._log = JobLog(around.logs, log, job.name, PROCESSING)

    def __call__(self) -> None:
        """Run to the end, whatever happens; never raises."""
        try:
            self._run()
        except (BotoCoreError, ClientError, OSError, RuntimeError) as error:
            self._move("Failed", f"InternalServerError: {error}")
        finally:
            shutil.rmtree(self._root, ignore_errors=True)
            self.job.done.set()

    def _run(self) -> None:
        for name in ("output", "tmp"):
            (self._root / name).mkdir(parents=True, exist_ok=True)
        process = self._process()
        self.job.started = now()
        self._move("InProgress")
        process.start(self._root, self._log.path)
        try:
            over = self._follow(process)
            if over:
                self._move("Stopping")
                process.terminate()
                process.wait(self._around.settings.grace_seconds)
            code = process.wait(0) or 0
        finally:
            process.kill()
            self._log.push(last=True)
        self.job.message = _read(self._root / "output" / "message")
        if over:
            self._move("Stopped")
        elif code:
            self._move(
                "Failed", f"AlgorithmError: See job logs for more information, exit code: {code}"
            )
        else:
            self._move("Completed")

    def _process(self) -> ContainerProcess:
        request, settings = self.job.request, self._around.settings
        program = request["AppSpecification"]
        command = [*program["ContainerEntrypoint"], *program.get("ContainerArguments", [])]
        role = RoleSession.assume(settings, request["RoleArn"], "SageMaker")
        given = request.get("Environment", {})
        return ContainerProcess(settings, self._around.watchdog, command[2:], given, role.to_env())

    def _follow(self, process: ContainerProcess) -> bool:
        """Watch the process; whether it has to be ended."""
        settings, begun = self._around.settings, time.monotonic()
        pushed = begun
        while process.wait(_TICK) is None:
            moment = time.monotonic()
            if self.stopped or moment - begun > self.job.max_runtime:
                return True
            if moment - pushed >= settings.sync_seconds:
                self._log.push()
                pushed = moment
        return False

    def _move(self, status: str, failure: str | None = None) -> None:
        self.job.move(status, failure)
        self._around.changed(self.job)


def _read(file: Path) -> str | None:
    return file.read_text("utf-8", "replace")[:1024] if file.is_file() else None
