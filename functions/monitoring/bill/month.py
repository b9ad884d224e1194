"""What CloudWatch is told of the month so far."""

from collections.abc import Iterator
from datetime import datetime

from tidemill.stage_costs import StageMonth


def of_stage(month: StageMonth, moment: datetime) -> dict[str, float]:
    """The metrics of the stage as a whole."""
    return {"MonthToDateCostUSD": month.usd, "ForecastCostUSD": month.forecast(moment)}


def of_pipelines(month: StageMonth, moment: datetime) -> Iterator[tuple[str, dict[str, float]]]:
    """The metrics of each pipeline by itself."""
    for name, cost in month.pipelines.items():
        yield name, {"MonthToDateCostUSD": cost.usd, "ForecastCostUSD": cost.forecast(moment)}


def watched(month: StageMonth) -> Iterator[tuple[str, dict[str, float]]]:
    """The metrics of each pipeline whose highest is watched for the stage."""
    for name, cost in month.pipelines.items():
        found = {"CostPer1000PredictionsUSD": cost.per_1000_predictions}
        if month.caps.get(name):
            found["BudgetUsedPercent"] = 100 * cost.usd / month.caps[name]
        told = {metric: value for metric, value in found.items() if value is not None}
        if told:
            yield name, told
