"""What costs money and is not used: named, with what it comes to in a month."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from tidemill.costs import STAGE, CostLine, DayCost, MonthCost
from tidemill.registry import Registry

WEEK, DAYS_OF_A_MONTH = 7, 30
LEAST_USD = 0.01


@dataclass(frozen=True)
class Idle:
    """One thing, what it costs a month as it cost this week, and what to do about it."""

    what: str
    usd_per_month: float
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: ${self.usd_per_month:.2f} a month. {self.remedy}"


@dataclass(frozen=True)
class Week:
    """The ledger's lines of the last seven whole days, and the predictions, by pipeline."""

    lines: Mapping[str, Sequence[CostLine]]
    predictions: Mapping[str, int]

    @classmethod
    def of(cls, registry: Registry, today: date) -> "Week":
        days = {(today - timedelta(days=n)).isoformat() for n in range(1, WEEK + 1)}
        names = (*registry.pipelines(), STAGE)
        costs = {
            name: [registry.month_cost(name, month) for month in sorted({d[:7] for d in days})]
            for name in names
        }
        seen = partial(_days, days=days)
        return cls(
            {n: [line for day in seen(cost) for line in day.lines] for n, cost in costs.items()},
            {n: sum(day.predictions for day in seen(cost)) for n, cost in costs.items()},
        )


def find_idle(week: Week) -> list[Idle]:
    """What cost a cent a month or more for nothing, the dearest first."""
    found = (*_ready(week), *_endpoints(week), *_metrics(week), *_stored(week), *_polled(week))
    worth = [idle for idle in found if idle.usd_per_month >= LEAST_USD]
    return sorted(worth, key=lambda idle: -idle.usd_per_month)


def _ready(week: Week) -> Iterator[Idle]:
    if sum(week.predictions.values()):
        return
    for start, what, remedy in (
        ("lambda_provisioned", "functions kept started", "Set provisioned_concurrency to 0."),
        ("lambda_snapshot", "snapshots of a function", "Set snap_start to false."),
    ):
        lines = [line for line in week.lines[STAGE] if line.unit.startswith(start)]
        yield Idle(f"{what}, without a prediction in a week", _monthly(lines), remedy)


def _endpoints(week: Week) -> Iterator[Idle]:
    for name, lines in week.lines.items():
        hosts = [
            line for line in lines if line.unit.startswith("ml.") and "jobs" not in line.resource
        ]
        for endpoint in sorted({line.resource for line in hosts}):
            if not week.predictions[name]:
                usd = _monthly(line for line in hosts if line.resource == endpoint)
                what = f"endpoint {endpoint}, without a prediction in a week"
                yield Idle(what, usd, "Serve from functions, which cost nothing while idle.")


def _metrics(week: Week) -> Iterator[Idle]:
    for name, lines in week.lines.items():
        if name != STAGE and not week.predictions[name]:
            metrics = [line for line in lines if line.unit == "cloudwatch_metric_month"]
            what = f"metrics of {name}, which answers nobody"
            yield Idle(what, _monthly(metrics), "They end with its drops and requests.")


def _stored(week: Week) -> Iterator[Idle]:
    lines = [line for lines in week.lines.values() for line in lines if line.unit == "s3_gb_month"]
    for bucket in sorted({line.resource for line in lines}):
        usd = _monthly(line for line in lines if line.resource == bucket)
        remedy = "Old models, captures and drops: delete what no champion came from."
        yield Idle(f"what is stored in {bucket}", usd, remedy)


def _polled(week: Week) -> Iterator[Idle]:
    lines = [line for line in week.lines[STAGE] if line.unit == "sqs_request"]
    yield Idle("looking into empty queues", _monthly(lines), "The price of starting at once.")


def _days(costs: Iterable[MonthCost], days: set[str]) -> Iterator[DayCost]:
    for cost in costs:
        for ledger in cost.ledger.values():
            yield from (found for day, found in ledger.items() if day in days)


def _monthly(lines: Iterable[CostLine]) -> float:
    return round(sum(line.usd for line in lines) * DAYS_OF_A_MONTH / WEEK, 4)
