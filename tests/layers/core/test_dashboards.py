"""Dashboards show every figure, as it is defined, of whom they are about."""

import re
from typing import Any

import pytest

from tidemill.dashboards import dashboard_name, pipeline_dashboard, stage_dashboard
from tidemill.figures import FIGURES, ROOMS
from tidemill.metrics import UNITS

ARN = "arn:aws:cloudwatch:us-east-1:1:alarm:Tidemill-dev-ApiErrors"
OF_STAGE = stage_dashboard("dev", "us-east-1", alarms=[ARN], bounds={"MonthToDateCostUSD": 20})
OF_PIPELINE = pipeline_dashboard("abalone", "us-east-1")


def named(title: str, body: dict[str, Any]) -> dict[str, Any]:
    """The properties of the widget with that title."""
    (found,) = [
        widget["properties"]
        for widget in body["widgets"]
        if widget["properties"].get("title") == title
    ]
    properties: dict[str, Any] = found
    return properties


def test_every_figure_is_a_metric() -> None:
    """What is shown is recorded under that very name, and defined once."""
    assert set(FIGURES) <= set(UNITS)
    assert len(FIGURES) == sum(map(len, ROOMS.values()))


@pytest.mark.parametrize("body", [OF_STAGE, OF_PIPELINE], ids=["stage", "pipeline"])
def test_widgets_fit_side_by_side(body: dict[str, Any]) -> None:
    """On CloudWatch's grid of 24 columns, none over another."""
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        across = range(widget["x"], widget["x"] + widget["width"])
        down = range(widget["y"], widget["y"] + widget["height"])
        cells = {(x, y) for x in across for y in down}
        assert max(across) < 24
        assert not cells & taken
        taken |= cells


def test_a_stage_shows_all_its_pipelines_and_alarms() -> None:
    """A line for each pipeline, found when it is looked at, and the one that an alarm watches."""
    shown = named("Rows accepted", OF_STAGE)["metrics"]
    assert shown[0][:4] == ["Tidemill", "RowsAccepted", "Stage", "dev"]
    assert shown[1][0]["expression"] == (
        "SEARCH('{Tidemill,Pipeline} MetricName=\"RowsAccepted\"', 'Sum', 300)"
    )
    assert named("Alarms", OF_STAGE)["alarms"] == [ARN]
    line = {"label": "alarm", "value": 20}
    assert named("Month to date, USD", OF_STAGE)["annotations"] == {"horizontal": [line]}


def test_no_pipeline_can_be_called_as_other_lines_are() -> None:
    """Names of pipelines are lower case letters, digits and dashes."""
    graphs = [w["properties"] for w in OF_STAGE["widgets"] if "metrics" in w["properties"]]
    labels = {
        line[-1]["label"]
        for graph in graphs
        for line in graph["metrics"]
        if "AWS/ApiGateway" not in line
    }
    assert labels == {"", "every pipeline", "as expected"}


@pytest.mark.parametrize("title", ["Drift score", "Quality, estimated"])
def test_what_is_recorded_of_pipelines_alone_has_no_line_of_the_stage(title: str) -> None:
    """An empty line would look as if nothing were measured."""
    (line,) = named(title, OF_STAGE)["metrics"]
    assert "{Tidemill,Pipeline} " in line[0]["expression"]


def test_a_pipeline_shows_nothing_of_others() -> None:
    """Each line names the pipeline, and its columns or models where there are several."""
    graphs = [w["properties"] for w in OF_PIPELINE["widgets"] if w["type"] == "metric"]
    assert len(graphs) == sum(figure.by != "Stage" for figure in FIGURES.values())
    for graph in graphs:
        first = graph["metrics"][0]
        own = "Pipeline" in first and "abalone" in first
        assert own or 'Pipeline="abalone"' in first[0]["expression"]
    search = named("Drift score", OF_PIPELINE)["metrics"][0][0]["expression"]
    assert re.match(r"SEARCH\('\{Tidemill,Pipeline,Feature\} ", search)


def test_what_has_a_rhythm_is_shown_with_what_was_expected() -> None:
    """CloudWatch's band around predictions and their latency; no alarm stands on it."""
    for title in ("Predictions", "Latency, p99 in ms"):
        band = named(title, OF_PIPELINE)["metrics"][1][0]["expression"]
        assert band == "ANOMALY_DETECTION_BAND(m1, 2)"


def test_names_are_told_apart_by_stage_and_pipeline() -> None:
    """So that two stages can share an account."""
    assert dashboard_name("dev") == "Tidemill-dev"
    assert dashboard_name("dev", "abalone") == "Tidemill-dev-abalone"
