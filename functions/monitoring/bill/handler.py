"""Once a day, or when somebody asks: bill the newest days, and tell where the month is going."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict

from monitoring.bill.bill import Biller, Clients
from monitoring.bill.hosts import Endpoint
from monitoring.bill.idle import Week, find_idle
from monitoring.bill.meter import CloudWatch
from monitoring.bill.month import of_pipelines, of_stage, watched
from monitoring.bill.reconcile import billed, reconcile
from monitoring.bill.rest import Standing
from tidemill import metrics
from tidemill.aws import DynamoTable, EventBridgeBus, client
from tidemill.costs import STAGE
from tidemill.events import IdleResourcesFound
from tidemill.registry import Registry
from tidemill.settings import BillSettings
from tidemill.stage_costs import StageMonth

NEWEST_DAYS = 3


class BillRequest(BaseModel):
    """Which days to bill, the newest three if none; `idle`: and to look for what is not used."""

    model_config = ConfigDict(extra="forbid")

    days: tuple[date, ...] = ()
    idle: bool = False


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    request, moment = BillRequest.model_validate(event), datetime.now(UTC)
    settings = BillSettings.from_env()
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    days = request.days or _newest(moment.date())
    biller = _biller(settings, registry)
    for day in days:
        biller.bill(day)
    month = StageMonth.of(registry, moment)
    _measure(month, moment, settings.stage)
    if settings.cost_explorer:
        _reconcile(month, moment.date(), registry, settings.stage)
    if request.idle:
        _report_idle(registry, moment.date(), settings.bus)
    return {"days": [day.isoformat() for day in days], **of_stage(month, moment)}


def _newest(today: date) -> list[date]:
    """Today so far, and the days before, of which services tell more as they go."""
    return [today - timedelta(days=back) for back in reversed(range(NEWEST_DAYS))]


def _biller(settings: BillSettings, registry: Registry) -> Biller:
    services = ("cloudwatch", "lambda", "sagemaker", "stepfunctions")
    return Biller(
        registry,
        CloudWatch(client("cloudwatch")),
        Clients(*map(client, services)),
        settings.stage,
        settings.region,
        Standing(settings.keys, settings.provisioned, bool(settings.snapshots)),
        _endpoint(settings),
    )


def _endpoint(settings: BillSettings) -> Endpoint | None:
    if settings.endpoint == "none":
        return None
    return Endpoint(settings.endpoint_name, settings.endpoint, settings.endpoint_gb)


def _measure(month: StageMonth, moment: datetime, stage: str) -> None:
    metrics.record(of_stage(month, moment), stage=None, Stage=stage)
    for pipeline, values in of_pipelines(month, moment):
        metrics.record(values, stage=None, Pipeline=pipeline)
    for pipeline, values in watched(month):
        metrics.record(values, stage=stage, Pipeline=pipeline)


def _reconcile(month: StageMonth, today: date, registry: Registry, stage: str) -> None:
    bill = billed(client("ce"), stage, today)
    if bill:
        found = reconcile(bill, month, today)
        registry.put_cost_report("reconciliation", found)
        metrics.record({"CostDifferenceUSD": found["difference_usd"]}, stage=None, Stage=stage)


def _report_idle(registry: Registry, today: date, bus: str) -> None:
    found = find_idle(Week.of(registry, today))
    usd = round(sum(idle.usd_per_month for idle in found), 2)
    findings = tuple(map(str, found))
    document = {"week": today.isoformat(), "usd_per_month": usd, "findings": list(findings)}
    registry.put_cost_report("idle", document)
    if found:
        told = IdleResourcesFound(
            pipeline=STAGE, week=today.isoformat(), usd_per_month=usd, findings=findings
        )
        EventBridgeBus(client("events"), bus).publish(told)
