"""The month so far of a whole stage, and what CloudWatch is told of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tidemill.costs import STAGE, MonthCost, month_of
from tidemill.registry import Registry


@dataclass(frozen=True)
class StageMonth:
    """What each pipeline cost, what is nobody's, and the pipelines' caps, in USD."""

    pipelines: Mapping[str, MonthCost]
    shared: MonthCost
    caps: Mapping[str, float]

    @classmethod
    def of(cls, registry: Registry, moment: datetime) -> "StageMonth":
        month, names = month_of(moment.date()), registry.pipelines()
        contracts = {name: registry.contract_in_force(name) for name in names}
        return cls(
            {name: registry.month_cost(name, month) for name in names},
            registry.month_cost(STAGE, month),
            {name: made.budget.monthly_usd for name, made in contracts.items() if made},
        )

    @property
    def usd(self) -> float:
        return self.shared.usd + sum(cost.usd for cost in self.pipelines.values())

    def forecast(self, moment: datetime) -> float:
        """The sum of all forecasts."""
        each = (*self.pipelines.values(), self.shared)
        return sum(cost.forecast(moment) for cost in each)

    def of_stage(self, moment: datetime) -> dict[str, float]:
        """The metrics of the stage as a whole."""
        return {"MonthToDateCostUSD": self.usd, "ForecastCostUSD": self.forecast(moment)}

    def of_pipelines(self, moment: datetime) -> Iterator[tuple[str, dict[str, float]]]:
        """The metrics of each pipeline by itself."""
        for name, cost in self.pipelines.items():
            yield name, {"MonthToDateCostUSD": cost.usd, "ForecastCostUSD": cost.forecast(moment)}

    def watched(self) -> Iterator[tuple[str, dict[str, float]]]:
        """The metrics of each pipeline whose highest is watched for the stage."""
        for name, cost in self.pipelines.items():
            found = {"CostPer1000PredictionsUSD": cost.per_1000_predictions}
            if self.caps.get(name):
                found["BudgetUsedPercent"] = 100 * cost.usd / self.caps[name]
            told = {metric: value for metric, value in found.items() if value is not None}
            if told:
                yield name, told
