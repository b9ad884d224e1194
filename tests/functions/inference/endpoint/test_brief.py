"""What is refused behind SageMaker is refused in so many characters as it hands on."""

import json

from inference.endpoint.brief import MOST_CHARACTERS, brief
from tidemill.errors import RequestError
from tidemill.problem import problem


def test_what_is_short_stays_as_it_is() -> None:
    """Predictions of any length too."""
    for answer in (problem(404, "nothing"), {"statusCode": 200, "headers": {}, "body": "x" * 9999}):
        assert brief(answer) is answer


def test_what_is_long_names_as_many_faults_as_fit() -> None:
    """In order, under the same status and headers; it is JSON to its end."""
    faults = [RequestError("is no number " + "é" * 50, f"/instances/{n}/x") for n in range(100)]
    answer = problem(422, "100 of the instances cannot be scored", faults)
    short = brief(answer)
    assert MOST_CHARACTERS - 500 < len(short["body"]) <= MOST_CHARACTERS
    assert {**short, "body": ""} == {**answer, "body": ""}
    document, whole = json.loads(short["body"]), json.loads(answer["body"])
    shown = len(document["errors"])
    assert 0 < shown < 100
    assert document == {**whole, "errors": whole["errors"][:shown]}


def test_a_long_detail_is_cut() -> None:
    """And leaves room for the fault it is about."""
    document = json.loads(brief(problem(400, "x" * 5000, [RequestError("y" * 5000)]))["body"])
    assert document["detail"] == "x" * 500
    assert document["errors"] == []
