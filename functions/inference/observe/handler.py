"""What came true of predictions, told by whoever asked for them."""

from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.observe.observe import observe
from tidemill.answers import refuse
from tidemill.aws import DynamoTable, S3Store, client
from tidemill.errors import (
    InvalidOutcomesError,
    LimitError,
    RequestError,
    UnknownPipelineError,
)
from tidemill.registry import Registry
from tidemill.settings import ObserveSettings

app = APIGatewayRestResolver()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


@app.post("/pipelines/<name>/outcomes")
def post_outcomes(name: str) -> tuple[dict[str, Any], int]:
    bucket = ObserveSettings.from_env().capture_bucket
    taken = observe(
        name,
        app.current_event.body or "",
        registry=_registry(),
        store=S3Store(client("s3")),
        folder=f"s3://{bucket}/outcomes",
    )
    return {"pipeline": name, "taken": taken}, HTTPStatus.ACCEPTED


@app.exception_handler(UnknownPipelineError)  # type: ignore[untyped-decorator]
def not_found(fault: UnknownPipelineError) -> Response[str]:
    return refuse(404, str(fault))


@app.exception_handler(InvalidOutcomesError)  # type: ignore[untyped-decorator]
def invalid(fault: InvalidOutcomesError) -> Response[str]:
    return refuse(422, fault.detail, *fault.faults)


@app.exception_handler(LimitError)  # type: ignore[untyped-decorator]
def too_many(fault: LimitError) -> Response[str]:
    return refuse(413, fault.detail, fault)


@app.exception_handler(RequestError)  # type: ignore[untyped-decorator]
def bad_request(fault: RequestError) -> Response[str]:
    return refuse(400, fault.detail, fault)


@cache
def _registry() -> Registry:
    settings = ObserveSettings.from_env()
    return Registry(DynamoTable(client("dynamodb"), settings.registry_table))
