"""Every fault of a prediction as an answer over HTTP."""

from collections.abc import Sequence
from typing import Any

from inference.predict.log import log_fault
from tidemill.errors import (
    InvalidInstancesError,
    LimitError,
    MediaTypeError,
    ModelUnavailableError,
    NoChampionError,
    NotExplainableError,
    RequestError,
    TidemillError,
    UnknownPipelineError,
)
from tidemill.problem import problem

RETRY_SECONDS = 5

STATUS: dict[type[TidemillError], int] = {
    InvalidInstancesError: 422,
    LimitError: 413,
    MediaTypeError: 415,
    NotExplainableError: 422,
    RequestError: 400,
    UnknownPipelineError: 404,
    NoChampionError: 404,
}


def refuse(fault: TidemillError) -> dict[str, Any]:
    """A problem document; only what the operator must see is logged."""
    if isinstance(fault, ModelUnavailableError):
        answer = problem(503, "the pipeline's model cannot be used now; ask again in a while")
        answer["headers"]["Retry-After"] = str(RETRY_SECONDS)
        return answer
    status = STATUS.get(type(fault))
    if status is None:
        log_fault("a prediction failed", fault=fault)
        return problem(500, "the prediction failed; the operator's log says why")
    return problem(status, str(fault), _faults(fault))


def _faults(fault: TidemillError) -> Sequence[RequestError]:
    if isinstance(fault, InvalidInstancesError):
        return fault.faults
    return [fault] if isinstance(fault, RequestError) else []
