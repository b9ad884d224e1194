"""SageMaker in Step Functions: the SDK integration, and jobs created with `.sync`."""

import json
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from ministack.services import stepfunctions

from local import wire
from local.jobs import NotRunningError, TrainingJob
from local.processing import ProcessingJob
from local.sagemaker import SageMaker

type Kind = Literal["Training", "Processing"]

KINDS: tuple[Kind, ...] = ("Training", "Processing")
RESOURCE = "arn:aws:states:::sagemaker:create{}Job"
# The exceptions SageMaker's model declares; any other code is the service's base exception.
_DECLARED = {
    "ResourceInUse": "ResourceInUseException",
    "ResourceLimitExceeded": "ResourceLimitExceededException",
    "ResourceNotFound": "ResourceNotFoundException",
    "ConflictException": "ConflictException",
}
_BASE = "SageMakerException"
_OPTIMISED_BASE = "AmazonSageMakerException"
_SECONDS = ("TimeoutSeconds", "HeartbeatSeconds")

type Execute = Callable[..., tuple[Any, str | None]]


class _Codes(dict[str, str]):
    """Wire codes as exception names; asked with `get`, as the engine does."""

    def get(self, code: str, default: object = None) -> str:  # noqa: ARG002 - a signature to match
        return _DECLARED.get(code, _BASE)


@dataclass(slots=True)
class _Attempt:
    """A task state being executed; `over` once its execution no longer waits for it."""

    execution: dict[str, Any]
    left: bool = False

    @property
    def over(self) -> bool:
        return self.left or self.execution.get("status", "RUNNING") != "RUNNING"


_attempt: ContextVar[_Attempt | None] = ContextVar("attempt", default=None)


class JobTask:
    """A task that creates a job of one kind, with and without `.sync`."""

    def __init__(self, sagemaker: SageMaker, kind: Kind) -> None:
        self._sagemaker = sagemaker
        self._kind = kind
        self._jobs = sagemaker.executor if kind == "Training" else sagemaker.processing

    def __call__(self, resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Create the job and, for `.sync`, wait for its end and give its description.

        A job that ends as Failed or Stopped fails the task with `States.TaskFailed`;
        the cause is the job's description as JSON.
        """
        status, document = self._sagemaker.answer(f"Create{self._kind}Job", arguments)
        if status != 200:
            name = _DECLARED.get(document["__type"], _OPTIMISED_BASE)
            raise _failure(f"SageMaker.{name}", document["message"])
        if not resource.endswith(".sync"):
            return document
        job = self._jobs.get(arguments[f"{self._kind}JobName"])
        self._wait(job)
        description = wire.epoch_millis(job.describe())
        if job.status != "Completed":
            raise _failure("States.TaskFailed", json.dumps(description))
        return description

    def _wait(self, job: TrainingJob | ProcessingJob) -> None:
        """Wait for the job's end; an execution that was stopped or timed out stops the job."""
        attempt = _attempt.get()
        while not job.done.wait(0.1):
            if attempt and attempt.over:
                with suppress(NotRunningError):
                    self._jobs.stop(job.name)
                job.done.wait()


def _failure(error: str, cause: str) -> Exception:
    made: Exception = stepfunctions._ExecutionError(error, cause)  # noqa: SLF001
    return made


def install(sagemaker: SageMaker) -> None:
    """Teach the state machine engine about SageMaker, and computed time limits."""
    for kind in KINDS:
        stepfunctions._SERVICE_DISPATCH[RESOURCE.format(kind)] = JobTask(sagemaker, kind)  # noqa: SLF001
    stepfunctions._AWS_SDK_SERVICE_MAP["sagemaker"] = {  # noqa: SLF001
        "target_prefix": "SageMaker",
        "protocol": "json",
    }
    stepfunctions._AWS_SDK_ERROR_PREFIX["sagemaker"] = "SageMaker"  # noqa: SLF001
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES["sagemaker"] = _Codes()  # noqa: SLF001
    stepfunctions._execute_task = _tracked(stepfunctions._execute_task)  # noqa: SLF001


def _tracked(execute: Execute) -> Execute:
    """Have a task know its execution, and its limits evaluated when they are expressions."""

    def execute_task(
        state: dict[str, Any], value: object, execution: dict[str, Any], context: dict[str, Any]
    ) -> tuple[Any, str | None]:
        limits = {
            name: stepfunctions._jsonata_state_field(state, name, "number", value, context)  # noqa: SLF001
            for name in _SECONDS
            if isinstance(state.get(name), str)
        }
        attempt = _Attempt(execution or {})
        token = _attempt.set(attempt)
        try:
            return execute({**state, **limits}, value, execution, context)
        finally:
            attempt.left = True
            _attempt.reset(token)

    return execute_task
