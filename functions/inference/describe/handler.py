"""The API's reading half: what pipelines there are, and all that is known of each."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.describe.describe import describe, list_drops, list_newest
from inference.describe.openapi import openapi
from tidemill.aws import DynamoTable, S3Store, client
from tidemill.errors import UnknownModelError, UnknownPipelineError
from tidemill.problem import problem
from tidemill.registry import Registry
from tidemill.settings import DescribeSettings

app = APIGatewayRestResolver()


@cache
def registry() -> Registry:
    settings = DescribeSettings.from_env()
    return Registry(DynamoTable(client("dynamodb"), settings.registry_table))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)


@app.get("/openapi.json")
def get_openapi() -> dict[str, Any]:
    contracts = map(registry().contract_in_force, registry().pipelines())
    return openapi([contract for contract in contracts if contract])


@app.get("/pipelines")
def get_pipelines() -> dict[str, Any]:
    return {"pipelines": registry().pipelines()}


@app.get("/pipelines/<name>")
def get_pipeline(name: str) -> dict[str, Any]:
    return describe(name, registry())


@app.get("/pipelines/<name>/drops")
def get_drops(name: str) -> dict[str, Any]:
    return {"drops": list_drops(name, registry())}


@app.get("/pipelines/<name>/runs")
def get_runs(name: str) -> dict[str, Any]:
    registry().contract(name)
    return {"runs": list_newest(registry().runs(name))}


@app.get("/pipelines/<name>/models")
def get_models(name: str) -> dict[str, Any]:
    registry().contract(name)
    return {"models": list_newest(registry().models(name))}


@app.get("/pipelines/<name>/models/<version>/report")
def get_report(name: str, version: str) -> Response[str]:
    if not version.isdecimal():
        raise UnknownModelError(f"{version!r} is no model version")
    model = registry().model(name, int(version))
    page = S3Store(client("s3")).read(model.report_uri).decode()
    return Response(200, content_type="text/html; charset=utf-8", body=page)


@app.exception_handler([UnknownPipelineError, UnknownModelError])  # type: ignore[untyped-decorator]
def not_found(fault: Exception) -> Response[str]:
    answer = problem(404, str(fault))
    return Response(404, content_type="application/problem+json", body=answer["body"])


@app.not_found
def no_route(_fault: Exception) -> Response[str]:
    answer = problem(404, "no such path; see /v1/openapi.json")
    return Response(404, content_type="application/problem+json", body=answer["body"])
