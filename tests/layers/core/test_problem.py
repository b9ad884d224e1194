"""Errors over HTTP."""

import json

from tidemill.errors import RequestError
from tidemill.problem import problem


def test_a_problem_is_rfc_9457() -> None:
    """Type, title, status, detail, and pointers to the faults."""
    answer = problem(422, "broken", [RequestError("is missing", "/instances/0/a")])
    assert answer["statusCode"] == 422
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert json.loads(answer["body"]) == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "broken",
        "errors": [{"pointer": "/instances/0/a", "detail": "is missing"}],
    }


def test_a_problem_lists_a_hundred_faults_at_most() -> None:
    """An answer stays small, however broken the request."""
    body = json.loads(problem(422, "broken", [RequestError("x")] * 1000)["body"])
    assert len(body["errors"]) == 100
