"""What is shown and what is watched is the same."""

import json
from typing import Any

from tests.infra.conftest import Assembly
from tidemill.figures import FIGURES


def text_of(value: Any) -> str:  # noqa: ANN401 - a piece of a template
    """What CloudFormation joins together, references as their names."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(map(text_of, value["Fn::Join"][1]))
    return str(value["Ref"])


def dashboard(assembly: Assembly) -> dict[str, Any]:
    ((_, found),) = assembly.resources("AWS::CloudWatch::Dashboard")
    body: dict[str, Any] = json.loads(text_of(found["Properties"]["DashboardBody"]))
    return body


def test_every_alarm_is_on_the_dashboard(assembly: Assembly) -> None:
    """By its name; CloudWatch shows a hundred at most."""
    body = dashboard(assembly)
    (state,) = [widget for widget in body["widgets"] if widget["type"] == "alarm"]
    shown = {arn.rpartition(":")[2] for arn in state["properties"]["alarms"]}
    alarms = assembly.resources("AWS::CloudWatch::Alarm")
    assert shown == {alarm["Properties"]["AlarmName"] for _, alarm in alarms}
    assert len(shown) <= 100


def test_every_metric_of_ours_that_is_watched_is_shown(assembly: Assembly) -> None:
    """With the statistic that the alarm takes, so that a graph explains its alarm."""
    shown = {
        (line[1], line[4]["stat"])
        for widget in dashboard(assembly)["widgets"]
        for line in widget["properties"].get("metrics", [])
        if line[0] == "Tidemill"
    }
    watched = {
        (alarm["Properties"]["MetricName"], alarm["Properties"]["Statistic"])
        for _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["Properties"].get("Namespace") == "Tidemill"
    }
    assert watched <= shown
    assert {name for name, _ in shown} <= set(FIGURES)


def test_pipelines_have_dashboards_where_they_cost_nothing(
    assemblies: dict[str, Assembly],
) -> None:
    """On the local cloud; on AWS, where each is $3 a month after three, who asks for them."""
    for stage, drawn in (("local", True), ("dev", False), ("prod", False)):
        functions = assemblies[stage].resources("AWS::Lambda::Function")
        verbs = {str(function["Properties"].get("Handler")) for _, function in functions}
        assert ("monitoring.draw.handler.handler" in verbs) == drawn
