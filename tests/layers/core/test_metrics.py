"""Metrics are written as CloudWatch reads them from a log line."""

import json

import pytest

from tidemill import metrics


def test_a_metric_is_written_for_its_subject_and_for_the_stage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One EMF line with the value under Pipeline and, for alarms, under Stage."""
    metrics.record({"Predictions": 3}, stage="dev", Pipeline="abalone")
    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Tidemill"
    assert sorted(directive["Dimensions"]) == [["Pipeline"], ["Stage"]]
    assert directive["Metrics"] == [{"Name": "Predictions", "Unit": "Count"}]
    assert (line["Predictions"], line["Pipeline"], line["Stage"]) == ([3.0], "abalone", "dev")


def test_without_a_stage_only_the_subject_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody alarms on costs one metric, not two."""
    metrics.record({"DriftScore": 0.2}, stage=None, Pipeline="abalone", Feature="sex")
    (directive,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["Pipeline", "Feature"]]


def test_an_unknown_metric_is_a_mistake() -> None:
    """A name that no document knows is not written."""
    with pytest.raises(KeyError):
        metrics.record({"Predicitons": 3}, stage="dev", Pipeline="abalone")
