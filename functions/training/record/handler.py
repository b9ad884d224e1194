"""Last state of the training workflow: write down how the run ended and what it cost."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill import metrics
from tidemill.aws import DynamoTable, EventBridgeBus, client
from tidemill.registry import Registry
from tidemill.settings import RecordSettings
from training.record.record import Ending, record


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = RecordSettings.from_env()
    ending = Ending.model_validate(event)
    run = record(
        ending,
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        bus=EventBridgeBus(client("events"), settings.bus),
    )
    if run.record.cost_usd is not None:
        values = {
            "TrainingCostUSD": run.record.cost_usd,
            "SpotSavingsPercent": run.record.spot_savings_percent or 0.0,
            "MonthToDateCostUSD": run.month_to_date_usd,
        }
        metrics.record(values, stage=settings.stage, Pipeline=ending.pipeline)
    return run.record.model_dump(mode="json")
