"""One dashboard a stage: a row per room, in the order that data meets them."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.blocks.room import Room

WIDTH = 8
PIPELINES = "{Tidemill,Pipeline}"


class Dashboard(cloudwatch.Dashboard):
    """`Tidemill-<stage>`; pipelines appear on it by themselves, as their metrics do."""

    def __init__(self, room: Room) -> None:
        stage = room.settings.stage
        super().__init__(
            room,
            "Dashboard",
            dashboard_name=f"Tidemill-{stage}",
            default_interval=Duration.days(1),
        )
        self._api = f"tidemill-{stage}"
        self._add_rows()

    def _add_rows(self) -> None:
        self._row(
            "Ingestion",
            _by_pipeline("Rows accepted", "RowsAccepted", "Sum"),
            _by_pipeline("Rows quarantined", "RowsQuarantined", "Sum"),
            _by_pipeline("Drops quarantined", "DropsQuarantined", "Sum"),
        )
        self._row(
            "Training",
            _by_pipeline("Cost of a run, USD", "TrainingCostUSD", "Maximum"),
            _by_pipeline("Saved by spot, %", "SpotSavingsPercent", "Average"),
        )
        self._row(
            "Inference",
            _by_pipeline("Predictions", "Predictions", "Sum"),
            self._latency(),
            self._refusals(),
        )
        self._row(
            "Monitoring",
            _by_pipeline("Drift score", "DriftScore", "Maximum"),
            _by_pipeline("Drifted features", "DriftedFeatures", "Maximum"),
            _by_pipeline("Invalid instances", "InvalidInstances", "Sum"),
        )

        self._row(
            "Cost of all rooms",
            _by_pipeline("Month to date, USD", "MonthToDateCostUSD", "Maximum"),
            _by_pipeline("At the month's end, USD", "ForecastCostUSD", "Maximum"),
            _by_pipeline("A thousand predictions, USD", "CostPer1000PredictionsUSD", "Maximum"),
        )

    def _row(self, room: str, *graphs: cloudwatch.IWidget) -> None:
        self.add_widgets(cloudwatch.TextWidget(markdown=f"## {room}", width=3 * WIDTH, height=1))
        self.add_widgets(*graphs)

    def _latency(self) -> cloudwatch.GraphWidget:
        percentiles = [self._of_api("Latency", f"p{share}") for share in (50, 95, 99)]
        return cloudwatch.GraphWidget(title="API latency, ms", left=percentiles, width=WIDTH)

    def _refusals(self) -> cloudwatch.GraphWidget:
        errors = [self._of_api(name, "Sum") for name in ("4XXError", "5XXError")]
        return cloudwatch.GraphWidget(title="API errors", left=errors, width=WIDTH)

    def _of_api(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiName": self._api},
            statistic=statistic,
            label=f"{name} {statistic}",
        )


def _by_pipeline(title: str, metric: str, statistic: str) -> cloudwatch.GraphWidget:
    expression = f"SEARCH('{PIPELINES} MetricName=\"{metric}\"', '{statistic}', 300)"
    found = cloudwatch.MathExpression(
        expression=expression, label="", using_metrics={}, period=Duration.minutes(5)
    )
    return cloudwatch.GraphWidget(title=title, left=[found], width=WIDTH)
