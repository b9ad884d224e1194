"""What alarms watch of Tidemill's own metrics, as `tidemill.figures` defines them."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from tidemill.figures import FIGURES, PERIOD_SECONDS
from tidemill.metrics import NAMESPACE


def stage_metric(name: str, stage: str) -> cloudwatch.Metric:
    """The figure of all pipelines of a stage; KeyError for one that no dashboard shows."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=FIGURES[name].name,
        dimensions_map={"Stage": stage},
        statistic=FIGURES[name].statistic,
        period=Duration.seconds(PERIOD_SECONDS),
    )
