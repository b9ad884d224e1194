"""What the lines of a graph are, from widgets as people write them too."""

from typing import Any

from local.console.chart import draw, number
from local.console.series import Graph, Line, graphs


class Nothing:
    """CloudWatch without a single metric."""

    def get_paginator(self, _: str) -> "Nothing":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"Metrics": []}]

    def get_metric_data(self, **_: Any) -> dict[str, Any]:  # noqa: ANN401 - a request
        return {"MetricDataResults": []}


def test_widgets_of_people_may_leave_out_what_has_a_default() -> None:
    """No title, no options, an expression that is not ours: a graph without lines, not a fault."""
    metrics = [["AWS/Lambda", "Errors"], [{"expression": "m1 + m2"}], ["A", "B", "C", "D"]]
    widgets = [
        {"type": "metric", "properties": {"metrics": metrics}},
        {"type": "metric", "properties": {"title": "alone"}},
    ]
    assert [graph.title for graph in graphs(widgets, Nothing())] == ["", "alone"]


def test_a_graph_says_in_words_what_it_shows() -> None:
    """For who does not see it: the newest value of each line, and the alarm's bound."""
    lines = (Line("<abalone>", ((0.0, 3.0), (60.0, 4170.0))),)
    shown = draw(Graph("Rows", lines, (("alarm", 5000.0),)), 120.0)
    assert 'aria-label="Rows: &lt;abalone&gt; 4,170"' in shown
    assert "alarm above <b>5,000</b>" in shown
    assert "<abalone>" not in shown


def test_numbers_are_short() -> None:
    """Three digits and a unit; small ones keep theirs."""
    told = [number(value) for value in (0.0, 0.000932, 12.0, 4177.0, 54_321.0, 2.5e6)]
    assert told == ["0", "0.000932", "12", "4,177", "54.3 k", "2.5 M"]
