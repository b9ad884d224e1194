"""SageMaker in Step Functions: the SDK integration, and `createTrainingJob.sync`."""

import json
from typing import Any

from ministack.services import stepfunctions

from local import wire
from local.sagemaker import SageMaker

RESOURCE = "arn:aws:states:::sagemaker:createTrainingJob"
# The exceptions SageMaker's model declares; any other code is the service's base exception.
_DECLARED = {
    "ResourceInUse": "ResourceInUseException",
    "ResourceLimitExceeded": "ResourceLimitExceededException",
    "ResourceNotFound": "ResourceNotFoundException",
    "ConflictException": "ConflictException",
}
_BASE = "SageMakerException"
_OPTIMISED_BASE = "AmazonSageMakerException"


class _Codes(dict[str, str]):
    """Wire codes as exception names; asked with `get`, as the engine does."""

    def get(self, code: str, default: object = None) -> str:  # noqa: ARG002 - a signature to match
        return _DECLARED.get(code, _BASE)


class TrainingTask:
    """The task `sagemaker:createTrainingJob`, with and without `.sync`."""

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker

    def __call__(self, resource: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Create the job and, for `.sync`, wait for its end and give its description.

        A job that ends as Failed or Stopped fails the task with `States.TaskFailed`;
        the cause is the job's description as JSON.
        """
        status, document = self._sagemaker.answer("CreateTrainingJob", arguments)
        if status != 200:
            name = _DECLARED.get(document["__type"], _OPTIMISED_BASE)
            raise stepfunctions._ExecutionError(f"SageMaker.{name}", document["message"])  # noqa: SLF001
        if not resource.endswith(".sync"):
            return document
        job = self._sagemaker.executor.get(arguments["TrainingJobName"])
        job.done.wait()
        description = wire.epoch_millis(job.describe())
        if job.status != "Completed":
            raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(description))  # noqa: SLF001
        return description


def install(sagemaker: SageMaker) -> None:
    """Teach the state machine engine about SageMaker."""
    stepfunctions._SERVICE_DISPATCH[RESOURCE] = TrainingTask(sagemaker)  # noqa: SLF001
    stepfunctions._AWS_SDK_SERVICE_MAP["sagemaker"] = {  # noqa: SLF001
        "target_prefix": "SageMaker",
        "protocol": "json",
    }
    stepfunctions._AWS_SDK_ERROR_PREFIX["sagemaker"] = "SageMaker"  # noqa: SLF001
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES["sagemaker"] = _Codes()  # noqa: SLF001
