"""Errors over HTTP, as RFC 9457 has them."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from tidemill.errors import RequestError

MOST_FAULTS = 100


def problem(status: int, detail: str, faults: Sequence[RequestError] = ()) -> dict[str, Any]:
    """An API Gateway answer of type `application/problem+json`; `errors` point at the fields."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if faults:
        document["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in faults[:MOST_FAULTS]
        ]
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/problem+json"},
        "body": json.dumps(document),
    }
