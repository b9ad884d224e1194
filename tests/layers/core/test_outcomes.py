"""Outcomes as they are told: what is taken, and what is refused by its field."""

import json
from typing import Any

import pytest

from tidemill.contract import Contract, parse_contract
from tidemill.errors import InvalidOutcomesError, LimitError, RequestError
from tidemill.outcomes import read_outcomes, write_outcomes


def contract(column: str) -> Contract:
    return parse_contract(
        "pipeline: a\ntarget: y\n"
        f"sources: {{rows: {{columns: {{x: {{type: float}}, y: {column}}}}}}}"
    )


def told(*outcomes: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps({"outcomes": outcomes})


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("{type: float}", 2, "2"),
        ("{type: float}", 0.1, "0.1"),
        ("{type: float, min: 0, max: 30}", 30, "30"),
        ("{type: int}", 3.0, "3"),
        ("{type: bool}", True, "true"),
        ("{type: category, values: [a, b]}", "b", "b"),
    ],
)
def test_a_value_is_kept_as_predictions_name_it(column: str, value: object, text: str) -> None:
    """A label as its text, a number without loss; of an id told twice, the later one."""
    body = told({"id": "1", "value": value}, {"id": "1", "value": value})
    assert read_outcomes(body, contract(column)) == [("1", text)]


@pytest.mark.parametrize(
    ("column", "outcome", "pointer"),
    [
        ("{type: float}", {"id": "1", "value": "2"}, "/outcomes/0/value"),
        ("{type: float}", {"id": "1", "value": True}, "/outcomes/0/value"),
        ("{type: float}", {"id": "1"}, "/outcomes/0/value"),
        ("{type: float}", {"id": "1", "value": 10**400}, "/outcomes/0/value"),
        ("{type: float, max: 30}", {"id": "1", "value": 1e30}, "/outcomes/0/value"),
        ("{type: int, min: 0}", {"id": "1", "value": -1}, "/outcomes/0/value"),
        ("{type: int}", {"id": "1", "value": 1.5}, "/outcomes/0/value"),
        ("{type: bool}", {"id": "1", "value": 1}, "/outcomes/0/value"),
        ("{type: category, values: [a, b]}", {"id": "1", "value": "c"}, "/outcomes/0/value"),
        ("{type: float}", {"id": 1, "value": 2}, "/outcomes/0/id"),
        ("{type: float}", {"id": "x" * 129, "value": 2}, "/outcomes/0/id"),
        ("{type: float}", {"id": "1", "value": 2, "why": 1}, "/outcomes/0/why"),
        ("{type: float}", 7, "/outcomes/0"),
    ],
)
def test_what_is_no_outcome_is_named(column: str, outcome: object, pointer: str) -> None:
    """Each fault points at its field."""
    with pytest.raises(InvalidOutcomesError) as caught:
        read_outcomes(told(outcome), contract(column))
    assert [fault.pointer for fault in caught.value.faults] == [pointer]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"outcomes": []}', '{"outcomes": 1, "x": 2}'])
def test_another_body_is_refused(body: str) -> None:
    """With what to send."""
    with pytest.raises(RequestError):
        read_outcomes(body, contract("{type: float}"))


def test_more_than_ten_thousand_are_too_many() -> None:
    """They are to be sent in several requests."""
    with pytest.raises(LimitError):
        read_outcomes(told(*[{"id": "1", "value": 1}] * 10_001), contract("{type: float}"))


def test_outcomes_are_written_a_line_each() -> None:
    """With whose they are and when they were told."""
    (line,) = write_outcomes("a", [("1", "true")], "now").splitlines()
    assert json.loads(line) == {"pipeline": "a", "id": "1", "value": "true", "at": "now"}
