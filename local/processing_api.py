"""SageMaker's operations on processing jobs."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from local import wire
from local.jobs import NameTakenError, NoSuchJobError, NotRunningError
from local.processing import ENDED, ProcessingJob, ProcessingRun, Workshop
from local.registry import Answer, refusal

_PYTHON = ("python", "-m")


class ProcessingJobs:
    """All processing jobs of the cloud, each with a thread while it runs."""

    def __init__(self, around: Workshop) -> None:
        self._around = around
        self._runs: dict[str, ProcessingRun] = {}
        self._lock = threading.Lock()

    @property
    def operations(self) -> Mapping[str, Callable[[dict[str, Any]], Answer]]:
        """What is answered here, by the operation's name."""
        return {
            "CreateProcessingJob": self._create,
            "DescribeProcessingJob": self._describe,
            "StopProcessingJob": self._stop,
            "ListProcessingJobs": self._list,
        }

    def create(self, request: dict[str, Any]) -> ProcessingJob:
        """Start a job; raises NameTakenError, for names are never used twice."""
        settings, name = self._around.settings, request["ProcessingJobName"]
        arn = f"arn:aws:sagemaker:{settings.region}:{settings.account}:processing-job/{name}"
        with self._lock:
            if name in self._runs:
                raise NameTakenError(arn)
            run = self._runs[name] = ProcessingRun(ProcessingJob(request, arn), self._around)
        threading.Thread(target=run, name=f"processing-{name}", daemon=True).start()
        return run.job

    def get(self, name: str) -> ProcessingJob:
        """The job of this name; raises NoSuchJobError."""
        return self._run(name).job

    def tags(self, arn: str) -> list[dict[str, str]] | None:
        """The tags of the job of this ARN; None if there is no such job."""
        with self._lock:
            jobs = [run.job for run in self._runs.values()]
        return next((job.request.get("Tags", []) for job in jobs if job.arn == arn), None)

    def stop(self, name: str) -> None:
        """Ask a job to stop; raises NoSuchJobError or NotRunningError."""
        run = self._run(name)
        if run.job.status in ENDED:
            raise NotRunningError(run.job.status)
        run.stopped = True

    def _run(self, name: str) -> ProcessingRun:
        with self._lock:
            run = self._runs.get(name)
        if run is None:
            raise NoSuchJobError(name)
        return run

    def _create(self, request: dict[str, Any]) -> Answer:
        if problem := _what_is_not_emulated(request):
            return refusal("ValidationException", problem)
        try:
            job = self.create(request)
        except NameTakenError as taken:
            message = (
                "Job name must be unique within an AWS account and region, and a job with this "
                f"name already exists ({taken})"
            )
            return refusal("ResourceInUse", message)
        return 200, {"ProcessingJobArn": job.arn}

    def _describe(self, request: dict[str, Any]) -> Answer:
        try:
            job = self.get(request["ProcessingJobName"])
        except NoSuchJobError:
            return _not_found(request)
        return 200, wire.epoch_seconds(job.describe())

    def _stop(self, request: dict[str, Any]) -> Answer:
        try:
            self.stop(request["ProcessingJobName"])
        except NoSuchJobError:
            return _not_found(request)
        except NotRunningError as ended:
            message = f"The request was rejected because the processing job is in status {ended}."
            return refusal("ValidationException", message)
        return 200, {}

    def _list(self, request: dict[str, Any]) -> Answer:
        with self._lock:
            jobs = [run.job for run in reversed(self._runs.values())]
        contains, wanted = request.get("NameContains", ""), request.get("StatusEquals")
        names = ("ProcessingJobName", "ProcessingJobArn", "ProcessingJobStatus", "CreationTime")
        found = [
            {name: part for name, part in job.describe().items() if name in names}
            for job in jobs
            if contains in job.name and wanted in {None, job.status}
        ]
        page = [wire.epoch_seconds(job) for job in found[: request.get("MaxResults", 10)]]
        return 200, {"ProcessingJobSummaries": page}


def _not_found(request: dict[str, Any]) -> Answer:
    message = f"Could not find requested job with name: {request['ProcessingJobName']}"
    return refusal("ResourceNotFound", message)


def _what_is_not_emulated(request: dict[str, Any]) -> str | None:
    entry = request["AppSpecification"].get("ContainerEntrypoint", [])
    if tuple(entry[:2]) != _PYTHON or len(entry) < 3:
        return "The local cloud runs entry points of the form python -m <module>"
    if request.get("ProcessingInputs") or request.get("ProcessingOutputConfig"):
        return "The local cloud's processing jobs read and write S3 themselves"
    if request["ProcessingResources"]["ClusterConfig"].get("InstanceCount", 1) != 1:
        return "The local cloud processes on one instance"
    return None
