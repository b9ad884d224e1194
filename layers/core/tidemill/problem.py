"""Errors over HTTP, as RFC 9457 has them."""

import json
from collections.abc import Sequence
from typing import Any

from tidemill.errors import RequestError

MOST_FAULTS = 100


def describe(status: int, detail: str) -> dict[str, Any]:
    """The members that every problem document has."""
    from http import HTTPStatus  # noqa: PLC0415 - many reasons, of which most answers need none

    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail}


def problem(status: int, detail: str, faults: Sequence[RequestError] = ()) -> dict[str, Any]:
    """An API Gateway answer of type `application/problem+json`; `errors` point at the fields."""
    document = describe(status, detail)
    if faults:
        document["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in faults[:MOST_FAULTS]
        ]
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/problem+json"},
        "body": json.dumps(document),
    }
