"""Alarms look at the very dimensions that they name."""

from typing import Any

import pytest

from tests.local.conftest import Here

PARTS = {"failed": 1.0, "asked": 50.0}


@pytest.fixture
def told(here: Here) -> Any:  # noqa: ANN401 - a function
    """Writes a metric of a version and gives the state of an alarm on version 2."""
    cloudwatch = here.client("cloudwatch")

    def tell(alarm: str, **values: tuple[str, float]) -> str:
        for metric, (version, value) in values.items():
            dimensions = [{"Name": "Version", "Value": version}]
            datum = {"MetricName": metric, "Dimensions": dimensions, "Value": value}
            cloudwatch.put_metric_data(Namespace="Tests", MetricData=[datum])
        (found,) = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return str(found["StateValue"])

    return tell


def test_an_alarm_is_of_its_dimensions(here: Here, told: Any) -> None:  # noqa: ANN401
    """What the version before did is no matter of the newest's alarm."""
    here.client("cloudwatch").put_metric_alarm(
        AlarmName="dimensions",
        Namespace="Tests",
        MetricName="apart",
        Dimensions=[{"Name": "Version", "Value": "2"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )
    assert told("dimensions", apart=("1", 5)) == "INSUFFICIENT_DATA"
    assert told("dimensions", apart=("2", 0)) == "OK"
    assert told("dimensions", apart=("2", 1)) == "ALARM"


def test_an_alarm_may_stand_on_a_share(here: Here, told: Any) -> None:  # noqa: ANN401
    """A template's metric math is taken, looked at and described."""
    parts = [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {
                    "Namespace": "Tests",
                    "MetricName": name,
                    "Dimensions": [{"Name": "Version", "Value": "2"}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name in PARTS
    ]
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "share",
            "Metrics": [{"Id": "share", "Expression": "failed / asked"}, *parts],
            "EvaluationPeriods": 1,
            "Threshold": 0.1,
            "ComparisonOperator": "GreaterThanThreshold",
        },
    }
    here.deploy("share", {"Share": alarm})
    assert told("share", failed=("2", 1), asked=("2", 50)) == "OK"
    assert told("share", failed=("1", 60)) == "OK"
    assert told("share", failed=("2", 9)) == "ALARM"
    (found,) = here.client("cloudwatch").describe_alarms(AlarmNames=["share"])["MetricAlarms"]
    assert len(found["Metrics"]) == 3
