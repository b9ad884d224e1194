"""What tells how one version of a function does beside the others that its alias calls.

Lambda writes metrics of an alias, and of each version behind it:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html. It does not see what the
handler makes an answer of; that `inference/predict` counts by version itself.
"""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from tidemill.figures import API_LATENCY_MS, LEAST_SEEN, TIMES_THE_USUAL
from tidemill.metrics import NAMESPACE

QUICKLY, SURELY = Duration.minutes(1), Duration.minutes(5)
UNFELT_MS = 50.0
MORE_REFUSED = 0.05


class CodeFigures:
    """Metrics of the function's newest version, which the alias calls for some requests or all."""

    def __init__(self, function: lambda_.Function, *, alias: lambda_.Alias, stage: str) -> None:
        self._stage = stage
        self._alias = {
            "FunctionName": function.function_name,
            "Resource": f"{function.function_name}:{alias.alias_name}",
        }
        version = function.current_version.version
        self._newest = {**self._alias, "ExecutedVersion": version}
        self._own = {"Stage": stage, "Version": version}

    @property
    def errors(self) -> cloudwatch.Metric:
        """The share of requests in a minute that the version raised at."""
        return _lambda("Errors", self._newest, "Average", QUICKLY)

    @property
    def failures(self) -> cloudwatch.MathExpression:
        """The share of requests in a minute that it answered with 5xx."""
        return cloudwatch.MathExpression(
            expression="failed / asked",
            using_metrics={
                "failed": _own("FailedRequests", self._own, QUICKLY),
                "asked": _lambda("Invocations", self._newest, "Sum", QUICKLY),
            },
            period=QUICKLY,
            label="Failed by the newest version",
        )

    @property
    def refusals(self) -> cloudwatch.MathExpression:
        """1 where it refuses three times the share of requests that others do, and 5 % more."""
        others = f"({TIMES_THE_USUAL:g} * (refused - new) + {MORE_REFUSED:g} * (asked - seen))"
        return cloudwatch.MathExpression(
            expression=f"IF(seen >= {LEAST_SEEN} AND new * (asked - seen) > seen * {others}, 1, 0)",
            using_metrics={
                "new": _own("RefusedRequests", self._own, SURELY),
                "refused": _own("RefusedRequests", {"Stage": self._stage}, SURELY),
                "seen": _lambda("Invocations", self._newest, "Sum", SURELY),
                "asked": _lambda("Invocations", self._alias, "Sum", SURELY),
            },
            period=SURELY,
            label="Refuses more than the version before",
        )

    @property
    def latency(self) -> cloudwatch.MathExpression:
        """1 where its slowest hundredth takes too long, or its median three times the alias's.

        Medians, because the first request of every process loads a model.
        """
        slower = f"middle > {UNFELT_MS:g} AND middle > {TIMES_THE_USUAL:g} * usual"
        surely = f"seen >= {LEAST_SEEN} AND {slower}"
        return cloudwatch.MathExpression(
            expression=f"IF(slow > {API_LATENCY_MS:g} OR ({surely}), 1, 0)",
            using_metrics={
                "slow": _lambda("Duration", self._newest, "p99", SURELY),
                "middle": _lambda("Duration", self._newest, "p50", SURELY),
                "usual": _lambda("Duration", self._alias, "p50", SURELY),
                "seen": _lambda("Invocations", self._newest, "Sum", SURELY),
            },
            period=SURELY,
            label="Slower than the version before",
        )

    @property
    def api_errors(self) -> cloudwatch.Metric:
        """The share of all requests in a minute that the API answered with 5xx, whoever failed."""
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5XXError",
            dimensions_map={"ApiName": f"tidemill-{self._stage}"},
            statistic="Average",
            period=QUICKLY,
        )


def _lambda(
    name: str, dimensions: dict[str, str], statistic: str, period: Duration
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
    )


def _own(name: str, dimensions: dict[str, str], period: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map=dimensions,
        statistic="Sum",
        period=period,
    )
