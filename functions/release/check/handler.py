"""Look at a release under way, as often as its workflow asks."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from release.check.check import Checker, Look
from release.check.readings import CloudWatchReadings
from tidemill.aws import DynamoTable, client
from tidemill.registry import Registry
from tidemill.settings import CheckSettings


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = CheckSettings.from_env()
    checker = Checker(
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        readings=CloudWatchReadings(client("cloudwatch"), settings.api_name, settings.stage),
        tick=settings.tick_seconds,
    )
    return checker.look(Look.model_validate(event)).model_dump()
