"""What a pipeline costs, as its document shows it, and what all of a stage costs."""

from datetime import UTC, datetime
from typing import Any

from tidemill.contract import Contract
from tidemill.costs import month_of, per_model
from tidemill.registry import Registry
from tidemill.stage_costs import StageMonth


def describe_cost(pipeline: str, contract: Contract | None, registry: Registry) -> dict[str, Any]:
    """This month in USD: so far by room, forecast, by the thousand predictions, and the cap.

    `per_model` is what the run of each model was billed, of whatever month; `billed_until` is the
    last day that the ledger knows of, None before the first.
    """
    moment = datetime.now(UTC)
    cost = registry.month_cost(pipeline, month_of(moment.date()))
    return {
        "month": cost.month,
        "month_to_date_usd": cost.usd,
        "by_room": cost.by_room,
        "forecast_usd": cost.forecast(moment),
        "per_1000_predictions_usd": cost.per_1000_predictions,
        "per_model_usd": {str(version): usd for version, usd in per_model(cost.runs).items()},
        "budget_usd": contract.budget.monthly_usd if contract else None,
        "billed_until": max((day for days in cost.ledger.values() for day in days), default=None),
    }


def describe_costs(registry: Registry) -> dict[str, Any]:
    """This month of the whole stage in USD: so far by pipeline and room, and the forecast.

    `shared_usd` is what belongs to no pipeline. `idle` is the newest weekly report of what is paid
    for and not used; `reconciliation` AWS's bill beside the ledger, where that is asked for.
    """
    moment = datetime.now(UTC)
    month = StageMonth.of(registry, moment)
    return {
        "month": month.shared.month,
        "month_to_date_usd": month.usd,
        "forecast_usd": month.forecast(moment),
        "by_pipeline": {name: cost.usd for name, cost in month.pipelines.items()},
        "shared_usd": month.shared.usd,
        "by_room": month.by_room,
        "idle": registry.cost_report("idle"),
        "reconciliation": registry.cost_report("reconciliation"),
    }
