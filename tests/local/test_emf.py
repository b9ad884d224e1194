import json
from typing import Any

import pytest

from local.emf import Datum, read


def line(**changes: object) -> dict[str, Any]:
    directive = {
        "Namespace": "Tidemill",
        "Dimensions": [["Pipeline"], []],
        "Metrics": [{"Name": "Predictions", "Unit": "Count"}, {"Name": "Score"}],
    }
    return {
        "_aws": {"Timestamp": 1_700_000_000_000, "CloudWatchMetrics": [directive]},
        "Pipeline": "abalone",
        "Predictions": 3,
        "Score": [0.25, 0.5],
    } | changes


def test_every_metric_is_read_in_every_dimension_set() -> None:
    """Two metrics in two sets are four data, units and value arrays kept."""
    data = read(json.dumps(line()))
    assert data[0] == Datum(
        "Tidemill", "Predictions", {"Pipeline": "abalone"}, "Count", (3.0,), 1_700_000_000.0
    )
    assert [(d.name, d.dimensions, d.unit, d.values) for d in data[1:]] == [
        ("Score", {"Pipeline": "abalone"}, "None", (0.25, 0.5)),
        ("Predictions", {}, "Count", (3.0,)),
        ("Score", {}, "None", (0.25, 0.5)),
    ]


def test_values_that_are_no_numbers_are_left_out() -> None:
    """Missing, boolean and non-finite values are no data."""
    assert read(json.dumps(line(Predictions=True, Score=[float("nan")]))) == []


@pytest.mark.parametrize(
    "message",
    [
        "plain text",
        "{not json",
        '{"_aws": 3}',
        '{"_aws": {"Timestamp": 1, "CloudWatchMetrics": [{"Metrics": [{}]}]}}',
        '"_aws" {}',
    ],
)
def test_other_lines_are_just_lines(message: str) -> None:
    """A line that is no well-formed EMF gives no metric and no error."""
    assert read(message) == []
