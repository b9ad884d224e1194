"""SageMaker at the endpoint: jobs are really run, the rest comes from the registry."""

import json
from typing import TYPE_CHECKING, Any

import botocore.session
from ministack.core.concurrency import run_reentrant

from local import validation, wire
from local.events import StateChanges
from local.executor import Executor
from local.jobs import NameTakenError, NoSuchJobError, NotRunningError
from local.processing_api import ProcessingJobs
from local.registry import Answer, Registry, refusal

if TYPE_CHECKING:
    from botocore.model import ServiceModel

type Response = tuple[int, dict[str, str], bytes]
_CHANGES = frozenset({"CreateModelPackage", "UpdateModelPackage"})


class SageMaker:
    """Answers every SageMaker operation, validated against the service's API model."""

    def __init__(
        self,
        executor: Executor,
        processing: ProcessingJobs,
        registry: Registry,
        changes: StateChanges,
    ) -> None:
        self.executor = executor
        self.processing = processing
        self._registry = registry
        self._changes = changes
        session = botocore.session.get_session()
        self._model: ServiceModel = session.get_service_model("sagemaker")
        self._own = {
            "CreateTrainingJob": self._create,
            "DescribeTrainingJob": self._describe,
            "StopTrainingJob": self._stop,
            "ListTrainingJobs": self._list,
            "ListTags": self._list_tags,
            **processing.operations,
        }

    async def handle(
        self, _method: str, _path: str, headers: dict[str, str], body: bytes | str, _query: object
    ) -> Response:
        """The handler the server calls, off its event loop."""
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        request = json.loads(body or "{}")
        status, document = await run_reentrant(self.answer, operation, request)
        return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(document).encode()

    def answer(self, operation: str, request: dict[str, Any]) -> Answer:
        """The status and body for an operation; an error is a body with `__type`."""
        if operation not in self._model.operation_names:
            return refusal("UnknownOperationException", f"unknown operation {operation!r}")
        shape = self._model.operation_model(operation).input_shape
        problems = validation.errors(request, shape) if shape else []
        if problems:
            found = f"{len(problems)} validation error(s) detected: {'; '.join(problems)}"
            return refusal("ValidationException", found)
        if operation in self._own:
            return self._own[operation](request)
        status, document = self._registry.call(operation, request)
        if status == 200 and operation in _CHANGES:
            self._changes.model_package(self._registry.describe(document["ModelPackageArn"]))
        return status, document

    def _list_tags(self, request: dict[str, Any]) -> Answer:
        tags = self.processing.tags(request["ResourceArn"])
        return self._registry.call("ListTags", request) if tags is None else (200, {"Tags": tags})

    def _create(self, request: dict[str, Any]) -> Answer:
        problem = _semantic_problem(request)
        if problem:
            return refusal("ValidationException", problem)
        try:
            job = self.executor.create(request)
        except NameTakenError as taken:
            message = (
                "Training job names must be unique within an AWS account and region, and a "
                f"training job with this name already exists ({taken})"
            )
            return refusal("ResourceInUse", message)
        return 200, {"TrainingJobArn": job.arn}

    def _describe(self, request: dict[str, Any]) -> Answer:
        try:
            job = self.executor.get(request["TrainingJobName"])
        except NoSuchJobError:
            return refusal("ValidationException", "Requested resource not found.")
        return 200, wire.epoch_seconds(job.describe())

    def _stop(self, request: dict[str, Any]) -> Answer:
        try:
            self.executor.stop(request["TrainingJobName"])
        except NoSuchJobError:
            return refusal("ValidationException", "Requested resource not found.")
        except NotRunningError as ended:
            return refusal(
                "ValidationException",
                f"The request was rejected because the training job is in status {ended}.",
            )
        return 200, {}

    def _list(self, request: dict[str, Any]) -> Answer:
        wanted = request.get("StatusEquals")
        contains = request.get("NameContains", "")
        found = [
            job
            for job in self.executor.jobs()
            if contains in job.name and wanted in {None, job.status}
        ]
        if request.get("SortOrder", "Descending") == "Descending":
            found.reverse()
        start = int(request.get("NextToken", 0))
        end = start + int(request.get("MaxResults", 10))
        page = [wire.epoch_seconds(job.summary()) for job in found[start:end]]
        more = {"NextToken": str(end)} if end < len(found) else {}
        return 200, {"TrainingJobSummaries": page} | more


def _semantic_problem(request: dict[str, Any]) -> str | None:
    """What the API model cannot say but the service refuses, and what cannot be emulated."""
    limits = request.get("StoppingCondition", {})
    wait, runtime = limits.get("MaxWaitTimeInSeconds"), limits.get("MaxRuntimeInSeconds", 86_400)
    if request.get("EnableManagedSpotTraining") and (wait is None or wait < runtime):
        return (
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )
    if wait is not None and not request.get("EnableManagedSpotTraining"):
        return "MaxWaitTimeInSeconds can only be given with EnableManagedSpotTraining"
    local_path = request.get("CheckpointConfig", {}).get("LocalPath", "/opt/ml/checkpoints")
    if not local_path.startswith("/opt/ml/"):
        return "The local cloud keeps checkpoints below /opt/ml only"
    return None
