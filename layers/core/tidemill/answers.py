"""Answers of the API's functions that Powertools routes requests to."""

from aws_lambda_powertools.event_handler import Response

from tidemill.errors import RequestError
from tidemill.problem import problem


def refuse(status: int, detail: str, *faults: RequestError) -> Response[str]:
    """A refusal of type `application/problem+json`; its `errors` point at the fields."""
    answer = problem(status, detail, faults)
    return Response(status, answer["headers"]["Content-Type"], answer["body"])
