"""Make a model the champion; the prediction API follows within seconds, without a deployment."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill.aws import DynamoTable, client
from tidemill.registry import Registry
from tidemill.settings import PromoteSettings


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = PromoteSettings.from_env()
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    champion = registry.promote(
        event["pipeline"], int(event["model_version"]), event["reason"], event["approved_at"]
    )
    return {"model_version": champion.model_version, "previous": champion.previous}
