"""CloudWatch metrics, by EMF: the names, their units, and how they are written."""

from collections.abc import Mapping

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

NAMESPACE = "Tidemill"
UNITS = {
    "Predictions": MetricUnit.Count,
    "PredictionLatency": MetricUnit.Milliseconds,
    "InvalidInstances": MetricUnit.Count,
    "CapturesLost": MetricUnit.Count,
    "DriftScore": MetricUnit.NoUnit,
    "DriftedFeatures": MetricUnit.Count,
    "RowsAccepted": MetricUnit.Count,
    "RowsQuarantined": MetricUnit.Count,
    "DropsQuarantined": MetricUnit.Count,
    "TrainingCostUSD": MetricUnit.NoUnit,
    "SpotSavingsPercent": MetricUnit.Percent,
    "MonthToDateCostUSD": MetricUnit.NoUnit,
}


def record(values: Mapping[str, float], *, stage: str | None, **dimensions: str) -> None:
    """Write metrics of one subject, such as `Pipeline=abalone`, and again for the whole stage.

    Alarms watch the stage: pipelines come and go with their contracts, alarms with a deployment.
    Without a stage, only the subject is written.
    """
    metrics = AmazonCloudWatchEMFProvider(namespace=NAMESPACE)
    for dimension, subject in dimensions.items():
        metrics.add_dimension(name=dimension, value=subject)
    if stage is not None:
        metrics.add_dimensions(Stage=stage)
    for name, value in values.items():
        metrics.add_metric(name=name, unit=UNITS[name], value=value)
    metrics.flush_metrics()
