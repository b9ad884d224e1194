"""The life of one training job: capacity, download, training, upload, and every way to end."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.checkpoints import Checkpoints
from local.container import DownloadError, OptMl, pack, upload
from local.faults import MESSAGES, STOPPED
from local.hosts import JobHosts
from local.joblog import JobLog
from local.jobs import Fault, TrainingJob, now
from local.roles import RoleSession
from local.settings import ServerSettings
from local.watchdog import Watchdog

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_TICK = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every run needs of the cloud around it."""

    settings: ServerSettings
    watchdog: Watchdog
    logs: Any
    changed: Callable[[TrainingJob], None]


class Run:
    """Carries one job from Starting to its end; `wish` is how others ask it to end early."""

    def __init__(self, job: TrainingJob, around: Surroundings, fault: Fault | None) -> None:
        self.job = job
        self.wish: str | None = None
        self._around = around
        self._fault = fault
        self._retries = int(job.request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0))
        settings = around.settings
        self._role = RoleSession.assume(settings, job.request["RoleArn"], "SageMaker")
        self._s3: S3Client = self._role.boto3(settings.region).client(
            "s3", endpoint_url=settings.endpoint
        )
        self._folder = around.settings.scratch_dir / "training" / job.name
        log = around.settings.state_dir / "logs" / "training" / f"{job.name}.log"
        self._log = JobLog(around.logs, log, job.name)

    def __call__(self) -> None:
        """Run to the end, whatever happens; never raises."""
        try:
            self._until_done()
        except (DownloadError, ClientError) as error:
            self._fail(f"ClientError: Data download or upload failed: {error}")
        except (BotoCoreError, OSError, RuntimeError) as error:
            self._fail(f"InternalServerError: {error}")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
            self.job.done.set()

    def _until_done(self) -> None:
        self._move("Starting", "Preparing the instances for training")
        while not self._refused():
            tree = OptMl(self._folder / str(len(self.job.transitions)), self.job.request)
            ending, code = self._attempt(tree)
            if ending == "Interrupted":
                if self._capacity_returns():
                    continue
                ending = self.wish or "MaxWaitTimeExceeded"
            self._finish(tree, ending, code)
            return

    def _refused(self) -> bool:
        """Whether a fault ends the job before an instance was had."""
        fault = self._fault.fault if self._fault else ""
        if fault == "InternalServerError" and self._retries > 0:
            self._retries -= 1
            self._fault = None
            self._move("Restarting", MESSAGES[fault])
        elif fault in MESSAGES:
            self._fail(MESSAGES[fault])
            return True
        elif fault == "MaxWaitTimeExceeded":
            self._move(fault, STOPPED[fault], "Stopped")
            return True
        return False

    def _attempt(self, tree: OptMl) -> tuple[str | None, int]:
        """One container's life: how it was ended, None when by itself, and its exit code."""
        self.job.started = self.job.started or now()
        begun = time.monotonic()
        try:
            self._move("Downloading", "Downloading input data")
            tree.prepare()
            tree.download(self._s3)
            uri = self.job.request.get("CheckpointConfig", {}).get("S3Uri")
            checkpoints = Checkpoints(self._s3, tree.checkpoints, uri)
            checkpoints.restore()
            self._move("Training", "Training image download completed. Training in progress.")
            return self._train(tree, checkpoints)
        finally:
            self.job.trained_seconds += time.monotonic() - begun

    def _train(self, tree: OptMl, checkpoints: Checkpoints) -> tuple[str | None, int]:
        around = self._around
        process = JobHosts.of(self.job, around.settings, around.watchdog, self._role.to_env())
        process.start(tree, self.job.request, self._log.path)
        begun = synced = time.monotonic()
        ending = None
        try:
            while process.wait(_TICK) is None and ending is None:
                ending = self._why_end(time.monotonic() - begun)
                if time.monotonic() - synced >= around.settings.sync_seconds:
                    checkpoints.push()
                    self._log.push()
                    synced = time.monotonic()
            if ending is not None:
                self._say_goodbye(process, ending)
            return ending, process.wait(0) or 0
        finally:
            process.kill()
            checkpoints.push()
            self._log.push(last=True)

    def _why_end(self, seconds: float) -> str | None:
        """The reason to end a container that has trained for `seconds`, if there is one."""
        fault = self._fault
        if self.wish:
            return self.wish
        if fault and fault.fault in {"Interrupted", "MaxRuntimeExceeded"}:
            if seconds >= fault.after_seconds:
                self._fault = None
                return fault.fault
        elif self.job.trained_seconds + seconds > self.job.max_runtime:
            return "MaxRuntimeExceeded"
        elif self.job.age() > self.job.max_wait:
            return "MaxWaitTimeExceeded"
        return None

    def _say_goodbye(self, process: JobHosts, ending: str) -> None:
        if ending == "Interrupted":
            self._move(ending, "Training job interrupted: spot capacity was taken away")
        else:
            self._move("Stopping", STOPPED[ending], "Stopping")
        process.terminate()
        process.wait(self._around.settings.grace_seconds)

    def _capacity_returns(self) -> bool:
        """Wait for spot capacity; False when the job ran out of time or was stopped first."""
        if self.wish == "Interrupted":
            self.wish = None
        back = time.monotonic() + self._around.settings.capacity_seconds
        while time.monotonic() < back:
            if self.wish or self.job.age() > self.job.max_wait:
                return False
            time.sleep(_TICK)
        self._move("Starting", "Preparing the instances for training")
        return True

    def _finish(self, tree: OptMl, ending: str | None, code: int) -> None:
        if ending is None and code != 0:
            self._upload(tree.output / "data", "output.tar.gz", tree)
            self._fail(f"AlgorithmError: {tree.failure()}, exit code: {code}")
            return
        if ending is None:
            self._move("Uploading", "Uploading generated training model")
        self._upload(tree.output / "data", "output.tar.gz", tree)
        self.job.artifacts = self._upload(tree.model, "model.tar.gz", tree, empty=ending is None)
        definitions = self.job.request["AlgorithmSpecification"].get("MetricDefinitions", [])
        self.job.metrics = self._log.metrics(definitions)
        if ending is None:
            self._move("Completed", "Training job completed", "Completed")
        else:
            self._move(ending, STOPPED[ending], "Stopped")

    def _upload(self, folder: Path, name: str, tree: OptMl, *, empty: bool = False) -> str | None:
        """Put the folder's archive where SageMaker puts it; None when there was nothing."""
        archive = tree.root / "tmp" / name
        if not pack(folder, archive) and not empty:
            return None
        return upload(self._s3, archive, self.job.request)

    def _fail(self, reason: str) -> None:
        self.job.failure = reason[:1024]
        self._move("Failed", self.job.failure, "Failed")

    def _move(self, secondary: str, message: str, status: str | None = None) -> None:
        self.job.move(secondary, message, status)
        self._around.changed(self.job)
