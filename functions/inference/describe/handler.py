"""The API's reading half: what pipelines there are, and all that is known of each."""

from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.describe.batches import list_batches
from inference.describe.cost import describe_costs
from inference.describe.describe import describe, find_profile, list_drops, list_newest
from inference.describe.drift import find_drift_report, list_drift
from inference.describe.lineage import trace
from inference.describe.openapi import openapi
from inference.describe.quality import list_quality
from tidemill.answers import refuse
from tidemill.aws import DynamoTable, S3Store, client
from tidemill.errors import (
    UnknownDropError,
    UnknownModelError,
    UnknownPipelineError,
    UnknownReportError,
)
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
    settings = DescribeSettings.from_env()
    in_force = [contract for contract in contracts if contract]
    return openapi(in_force, settings.api_access, settings.jwt_issuer)


@app.get("/costs")
def get_costs() -> dict[str, Any]:
    return describe_costs(registry())


@app.get("/pipelines")
def get_pipelines() -> dict[str, Any]:
    return {"pipelines": registry().pipelines()}


@app.get("/pipelines/<name>")
def get_pipeline(name: str) -> dict[str, Any]:
    return describe(name, registry())


@app.get("/pipelines/<name>/drops")
def get_drops(name: str) -> dict[str, Any]:
    return {"drops": list_drops(name, registry())}


@app.get("/pipelines/<name>/batches")
def get_batches(name: str) -> dict[str, Any]:
    return {"batches": list_batches(name, registry())}


@app.get("/pipelines/<name>/runs")
def get_runs(name: str) -> dict[str, Any]:
    registry().contract(name)
    return {"runs": list_newest(registry().runs(name))}


@app.get("/pipelines/<name>/drift")
def get_drift(name: str) -> dict[str, Any]:
    return list_drift(name, registry())


@app.get("/pipelines/<name>/drift/<report>")
def get_drift_report(name: str, report: str) -> Response[str]:
    return _page(find_drift_report(name, report, registry()))


@app.get("/pipelines/<name>/quality")
def get_quality(name: str) -> dict[str, Any]:
    return list_quality(name, registry())


@app.get("/pipelines/<name>/releases")
def get_releases(name: str) -> dict[str, Any]:
    registry().contract(name)
    return {"releases": list_newest(registry().releases(name))}


@app.get("/pipelines/<name>/models")
def get_models(name: str) -> dict[str, Any]:
    registry().contract(name)
    return {"models": list_newest(registry().models(name))}


@app.get("/pipelines/<name>/models/<version>/lineage")
def get_lineage(name: str, version: str) -> dict[str, Any]:
    return trace(name, _version(version), registry())


@app.get("/pipelines/<name>/models/<version>/report")
def get_report(name: str, version: str) -> Response[str]:
    return _page(registry().model(name, _version(version)).report_uri)


@app.get("/pipelines/<name>/drops/<drop_id>/profile")
def get_profile(name: str, drop_id: str) -> Response[str]:
    return _page(find_profile(name, drop_id, registry()))


def _version(text: str) -> int:
    if not text.isdecimal():
        raise UnknownModelError(f"{text!r} is no model version")
    return int(text)


def _page(uri: str) -> Response[str]:
    """A page as it was written; it brings its own styles and needs nothing from elsewhere."""
    page = S3Store(client("s3")).read(uri).decode()
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    headers = {"Content-Security-Policy": policy}
    return Response(200, content_type="text/html; charset=utf-8", body=page, headers=headers)


@app.exception_handler(  # type: ignore[untyped-decorator]
    [UnknownPipelineError, UnknownDropError, UnknownModelError, UnknownReportError]
)
def not_found(fault: Exception) -> Response[str]:
    return refuse(404, str(fault))


@app.not_found
def no_route(_fault: Exception) -> Response[str]:
    return refuse(404, "no such path; see /v1/openapi.json")
