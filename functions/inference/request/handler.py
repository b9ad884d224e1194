"""What operators ask for, each request signed with AWS credentials: to forget a person."""

from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.request.forget import ask_to_forget, find_report
from tidemill.aws import DynamoTable, EventBridgeBus, KmsKeys, client
from tidemill.errors import RequestError, UnknownPipelineError
from tidemill.problem import problem
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
        app.current_event.body or "",
        registry=_registry(),
        keys=_keys(settings.pseudonym_key),
        bus=EventBridgeBus(client("events"), settings.bus),
    )
    return {"pipeline": name, "request_id": request_id}, HTTPStatus.ACCEPTED


@app.get("/pipelines/<name>/forget/<request_id>")
def get_forget(name: str, request_id: str) -> dict[str, Any] | Response[str]:
    report = find_report(name, request_id, _registry())
    if report is None:
        return _problem(404, f"request {request_id[:64]!r} is not known, or has not begun")
    return report


@app.exception_handler(UnknownPipelineError)  # type: ignore[untyped-decorator]
def not_found(fault: UnknownPipelineError) -> Response[str]:
    return _problem(404, str(fault))


@app.exception_handler(RequestError)  # type: ignore[untyped-decorator]
def bad_request(fault: RequestError) -> Response[str]:
    return _problem(400, fault.detail, fault)


def _problem(status: int, detail: str, *faults: RequestError) -> Response[str]:
    answer = problem(status, detail, faults)
    return Response(status, content_type="application/problem+json", body=answer["body"])


def _registry() -> Registry:
    return Registry(DynamoTable(client("dynamodb"), RequestSettings.from_env().registry_table))


@cache
def _keys(key_id: str) -> KmsKeys:
    """One for the life of the process: it remembers what it has derived."""
    return KmsKeys(client("kms"), key_id)
