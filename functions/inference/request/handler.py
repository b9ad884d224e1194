"""What operators ask for, each request signed: to forget people, to release or retrain models."""

from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.request.forget import ask_to_forget, find_report
from inference.request.packages import SageMakerPackages
from inference.request.release import APPROVED, REJECTED, Operator
from tidemill.answers import refuse
from tidemill.aws import DynamoTable, EventBridgeBus, KmsKeys, client
from tidemill.errors import (
    NoChampionError,
    NothingToRollBackError,
    RequestError,
    ServingModelError,
    UnknownModelError,
    UnknownPipelineError,
)
from tidemill.registry import Registry
from tidemill.settings import RequestSettings

app = APIGatewayRestResolver()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


@app.post("/pipelines/<name>/forget")
def post_forget(name: str) -> tuple[dict[str, Any], int]:
    settings = RequestSettings.from_env()
    request_id = ask_to_forget(
        name,
        _body(),
        registry=_registry(),
        keys=_keys(settings.pseudonym_key),
        bus=_bus(),
    )
    return {"pipeline": name, "request_id": request_id}, HTTPStatus.ACCEPTED


@app.get("/pipelines/<name>/forget/<request_id>")
def get_forget(name: str, request_id: str) -> dict[str, Any] | Response[str]:
    report = find_report(name, request_id, _registry())
    if report is None:
        return refuse(404, f"request {request_id[:64]!r} is not known, or has not begun")
    return report


@app.post("/pipelines/<name>/models/<version>/approve")
def post_approve(name: str, version: str) -> tuple[dict[str, Any], int]:
    return _operator().decide(name, version, APPROVED, _body()), HTTPStatus.ACCEPTED


@app.post("/pipelines/<name>/models/<version>/reject")
def post_reject(name: str, version: str) -> tuple[dict[str, Any], int]:
    return _operator().decide(name, version, REJECTED, _body()), HTTPStatus.ACCEPTED


@app.post("/pipelines/<name>/retrain")
def post_retrain(name: str) -> tuple[dict[str, Any], int]:
    return _operator().ask_to_retrain(name, _body()), HTTPStatus.ACCEPTED


@app.post("/pipelines/<name>/rollback")
def post_rollback(name: str) -> tuple[dict[str, Any], int]:
    return _operator().roll_back(name, _body()), HTTPStatus.ACCEPTED


@app.exception_handler([UnknownPipelineError, UnknownModelError, NoChampionError])  # type: ignore[untyped-decorator]
def not_found(fault: Exception) -> Response[str]:
    return refuse(404, str(fault))


@app.exception_handler([NothingToRollBackError, ServingModelError])  # type: ignore[untyped-decorator]
def conflict(fault: Exception) -> Response[str]:
    return refuse(409, str(fault))


@app.exception_handler(RequestError)  # type: ignore[untyped-decorator]
def bad_request(fault: RequestError) -> Response[str]:
    return refuse(400, fault.detail, fault)


def _body() -> str:
    return app.current_event.body or ""


def _operator() -> Operator:
    return Operator(_registry(), _packages(), _bus())


def _packages() -> SageMakerPackages:
    return SageMakerPackages(client("sagemaker"))


def _bus() -> EventBridgeBus:
    return EventBridgeBus(client("events"), RequestSettings.from_env().bus)


def _registry() -> Registry:
    return Registry(DynamoTable(client("dynamodb"), RequestSettings.from_env().registry_table))


@cache
def _keys(key_id: str) -> KmsKeys:
    """One for the life of the process: it remembers what it has derived."""
    return KmsKeys(client("kms"), key_id)
