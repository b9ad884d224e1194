"""What is spent: a ledger by the day, and alarms on it."""

from aws_cdk import ArnFormat, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import Access, publish_events, write_records
from infra.blocks.function import PythonFunction
from infra.blocks.job import of_stage
from infra.blocks.room import Room
from infra.blocks.timetable import Timetable
from infra.endpoint import SERVERLESS_MB
from infra.figures import stage_metric
from infra.storage import Storage
from infra.watchmen import Watchmen
from tidemill.figures import MOST_OF_A_BUDGET
from tidemill.settings import BillSettings

KEYS = 4
DAILY, WEEKLY = "15 1 ? * TUE-SUN *", "15 1 ? * MON *"
SAID = {
    "MonthlyCost": "All rooms cost more this month than the stage's budget; predictions go on. GET "
    "/v1/pipelines/{name} has the cost by room; lower what costs most, or raise "
    "monthly_budget_usd.",
    "MonthlyForecast": "Going on as it does, the stage will cost more than its budget by the end "
    "of the month. GET /v1/pipelines/{name} has the forecast of each pipeline.",
    "PipelineBudget": "A pipeline has used four fifths of its budget.monthly_usd. From all of it "
    "on no training run starts until the next month; predictions go on.",
    "PredictionCost": "A thousand predictions of a pipeline cost more than cost_per_1000_usd. Send "
    "more instances in each request; look at the model's latency.",
    "CostDifference": "AWS bills more than the ledger knows of. Compare the rooms in Cost Explorer "
    "with GET /v1/pipelines/{name}; free of tags is what nobody counted.",
}
UNBOUND = (
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "lambda:ListFunctions",
    "sagemaker:ListProcessingJobs",
    "states:ListStateMachines",
)


class Costs(Construct):
    """Bills every day, and tells what it comes to."""

    def __init__(
        self, room: Room, *, storage: Storage, layers: list[lambda_.ILayerVersion]
    ) -> None:
        super().__init__(room, "Costs")
        self._room, self._storage = room, storage
        self.bill = self._bill(layers)
        self._allow()
        self._alarms()
        timetable = Timetable(self, "Billing", function=self.bill)
        timetable.call("Daily", cron=DAILY, event={})
        timetable.call("Weekly", cron=WEEKLY, event={"idle": True})
        if not room.settings.is_local:  # which has no bill
            Watchmen(self, topic=storage.alarm_topic)

    def _bill(self, layers: list[lambda_.ILayerVersion]) -> PythonFunction:
        stage, storage = self._room.settings, self._storage
        settings = BillSettings(
            stage=stage.stage,
            region=self._room.region,
            registry_table=storage.registry.table_name,
            bus=storage.bus.event_bus_name,
            keys=KEYS,
            provisioned=stage.provisioned_concurrency,
            snapshots=int(stage.snap_start),
            cost_explorer=int(stage.cost_explorer),
            endpoint=stage.endpoint,
            endpoint_name=f"tidemill-{stage.stage}",
            endpoint_gb=SERVERLESS_MB / 1024,
        )
        return PythonFunction(
            self, "bill", settings=settings, layers=layers, timeout=Duration.minutes(10)
        )

    def _allow(self) -> None:
        room, stage = self._room, self._room.settings
        listing = "Lists and figures know no resources; what is not the stage's is left out."
        unbound = (*UNBOUND, "ce:GetCostAndUsage") if stage.cost_explorer else UNBOUND
        self.bill.allow(
            *write_records(self._storage.registry),
            *publish_events(self._storage.bus),
            Access(actions=unbound, resources=("*",), reason=listing),
            of_stage(
                room,
                ("processing-job",),
                "sagemaker:DescribeProcessingJob",
                "sagemaker:ListTags",
            ),
            *_walk_executions(room),
        )
        if stage.endpoint.startswith("ml."):
            name = f"tidemill-{stage.stage}"
            arn = room.format_arn(service="sagemaker", resource="endpoint", resource_name=name)
            self.bill.allow(Access(actions=("sagemaker:DescribeEndpoint",), resources=(arn,)))

    def _alarms(self) -> None:
        settings = self._room.settings
        budget = settings.monthly_budget_usd
        self.bounds = {
            "MonthToDateCostUSD": budget,
            "ForecastCostUSD": budget,
            "BudgetUsedPercent": MOST_OF_A_BUDGET,
            "CostPer1000PredictionsUSD": settings.cost_per_1000_usd,
        }
        names = ("MonthlyCost", "MonthlyForecast", "PipelineBudget", "PredictionCost")
        for name, (metric, above) in zip(names, self.bounds.items(), strict=True):
            self._alarm(name, metric, above)
        if settings.cost_explorer:
            self._alarm("CostDifference", "CostDifferenceUSD", max(1.0, budget / 10))

    def _alarm(self, name: str, metric: str, above: float) -> None:
        """As the ledger had it last: it is written once a day."""
        found = stage_metric(metric, self._room.settings.stage)
        self._room.alarm(name, found, above=above, description=SAID[name], lasting=True)


def _walk_executions(room: Room) -> tuple[Access, ...]:
    """Read which states the stage's executions entered."""
    name = f"Tidemill-{room.settings.stage}-*"
    reason = "Executions are named when they start; the prefix is the stage's."
    resources = {
        "states:ListExecutions": _arn(room, "stateMachine", name),
        "states:GetExecutionHistory": _arn(room, "execution", f"{name}:*"),
        "states:DescribeMapRun": _arn(room, "mapRun", f"{name}/*:*"),
    }
    return tuple(
        Access(actions=(action,), resources=(resource,), reason=reason)
        for action, resource in resources.items()
    )


def _arn(room: Room, kind: str, name: str) -> str:
    return room.format_arn(
        service="states",
        resource=kind,
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
