"""The metrics that people look at, each defined once, for alarms and dashboards alike.

Which there are at all, `tidemill.metrics` says; nobody looks at some, such as a release's own sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PERIOD_SECONDS = 300
MOST_OF_A_BUDGET = 80.0
API_LATENCY_MS = 3000.0
# Of what is tried, a model or code: the share of requests that may fail, how much slower it may be,
# and how many answers it takes to say so.
MOST_FAILED = 0.01
TIMES_THE_USUAL = 3.0
LEAST_SEEN = 30
type Dimension = Literal["Pipeline", "Feature", "Variant", "Stage"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A metric of Tidemill's as it is shown and watched, over five minutes.

    `title` tells the unit. `by` is what tells its lines apart on a pipeline's dashboard: nothing
    more than the pipeline, its columns, or the models that serve. `Stage` is a figure of the stage
    alone; one that is not `staged` is recorded of pipelines alone. `above` is what an alarm on it
    fires above, where that is no setting. An `expected` figure is drawn with the band in which
    CloudWatch would have expected it.
    """

    name: str
    title: str
    statistic: str
    by: Dimension = "Pipeline"
    staged: bool = True
    above: float = 0
    expected: bool = False


ROOMS: Mapping[str, tuple[Figure, ...]] = {
    "Ingestion": (
        Figure(name="RowsAccepted", title="Rows accepted", statistic="Sum"),
        Figure(name="RowsQuarantined", title="Rows quarantined", statistic="Sum"),
        Figure(name="DropsQuarantined", title="Drops quarantined", statistic="Sum"),
    ),
    "Training": (
        Figure(name="TrainingCostUSD", title="Cost of a run, USD", statistic="Maximum"),
        Figure(name="SpotSavingsPercent", title="Saved by spot, %", statistic="Average"),
    ),
    "Release": (
        Figure(name="ReleasesRolledBack", title="Releases rolled back", statistic="Sum"),
        Figure(
            name="InvalidPredictions", title="Invalid predictions", statistic="Sum", by="Variant"
        ),
    ),
    "Inference": (
        Figure(name="Predictions", title="Predictions", statistic="Sum", expected=True),
        Figure(
            name="PredictionLatency", title="Latency, p99 in ms", statistic="p99", expected=True
        ),
        Figure(name="InvalidInstances", title="Invalid instances", statistic="Sum"),
        Figure(name="ModelLoadFailures", title="Models not loaded", statistic="Sum"),
        Figure(name="BatchRows", title="Rows of files scored", statistic="Sum"),
        Figure(name="BatchesRefused", title="Files not scored", statistic="Sum"),
    ),
    "Monitoring": (
        Figure(name="DriftedFeatures", title="Drifted features", statistic="Maximum"),
        Figure(
            name="DriftScore", title="Drift score", statistic="Maximum", by="Feature", staged=False
        ),
        Figure(name="CapturesLost", title="Captures lost", statistic="Sum"),
        Figure(
            name="RealizedQuality",
            title="Quality by outcomes",
            statistic="Average",
            by="Variant",
        ),
        Figure(
            name="EstimatedQuality", title="Quality, estimated", statistic="Average", staged=False
        ),
        Figure(name="QualityBroken", title="Promises broken", statistic="Maximum"),
    ),
    "Cost of all rooms": (
        Figure(name="MonthToDateCostUSD", title="Month to date, USD", statistic="Maximum"),
        Figure(name="ForecastCostUSD", title="At the month's end, USD", statistic="Maximum"),
        Figure(
            name="CostPer1000PredictionsUSD",
            title="A thousand predictions, USD",
            statistic="Maximum",
        ),
        Figure(
            name="BudgetUsedPercent",
            title="Of the pipeline's budget, %",
            statistic="Maximum",
            above=MOST_OF_A_BUDGET,
        ),
        Figure(
            name="CostDifferenceUSD",
            title="Billed beside the ledger, USD",
            statistic="Maximum",
            by="Stage",
        ),
    ),
}
FIGURES: Mapping[str, Figure] = {
    figure.name: figure for figures in ROOMS.values() for figure in figures
}
