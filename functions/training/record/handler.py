"""The end of a run: last state of its workflow, or news that the workflow ended without one."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill import metrics
from tidemill.aws import DynamoTable, EventBridgeBus, client
from tidemill.costs import STAGE, this_month
from tidemill.landing import message_body
from tidemill.records import RunRecord
from tidemill.registry import Registry
from tidemill.settings import RecordSettings
from tidemill.signing import KmsSigner
from training.record.record import Ending, Execution, record, settle
from training.record.vouch import vouch


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = RecordSettings.from_env()
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    bus = EventBridgeBus(client("events"), settings.bus)
    for message in event.get("Records", []):
        ended = Execution.from_event(message_body(message))
        settle(ended, registry=registry, bus=bus, region=settings.region)
    if "Records" in event:
        return {}
    signer = KmsSigner(client("kms"), settings.signing_key)
    ending = vouch(Ending.model_validate(event), signer)
    run = record(ending, registry=registry, bus=bus, region=settings.region)
    _measure(ending.pipeline, run, registry, settings.stage)
    return run.model_dump(mode="json")


def _measure(pipeline: str, run: RunRecord, registry: Registry, stage: str) -> None:
    if run.cost_usd is None:
        return
    cost = {
        "TrainingCostUSD": run.cost_usd,
        "SpotSavingsPercent": run.spot_savings_percent or 0.0,
    }
    metrics.record(cost, stage=stage, Pipeline=pipeline)
    month = this_month()
    spent = {name: registry.month_cost(name, month).usd for name in registry.pipelines()}
    stages = registry.month_cost(STAGE, month).usd
    for dimension, subject, usd in (
        ("Pipeline", pipeline, spent[pipeline]),
        ("Stage", stage, sum(spent.values()) + stages),
    ):
        metrics.record({"MonthToDateCostUSD": usd}, stage=None, **{dimension: subject})
