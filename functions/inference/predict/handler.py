"""`POST /v1/pipelines/{name}/predictions`: validate, predict, capture, answer."""

import os
from base64 import b64decode
from typing import Any

from inference.predict.explain import is_wanted
from inference.predict.predict import Predictor
from inference.predict.wiring import predictor
from tidemill.errors import MediaTypeError, RequestError, TidemillError


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return respond(event, predictor())


def respond(event: dict[str, Any], answering: Predictor) -> dict[str, Any]:
    """API Gateway's event to what API Gateway sends, faults included."""
    name = event["pathParameters"]["name"]
    try:
        explains = is_wanted(event.get("queryStringParameters"))
        document = answering.answer(name, _body(event), explains=explains)
    except TidemillError as fault:
        from inference.predict.refusals import refuse  # noqa: PLC0415 - most requests are answered

        refusal = refuse(fault)
        answering.refused(name, refusal["statusCode"])
        return refusal
    finally:
        answering.outbox.done()
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": document,
    }


def _body(event: dict[str, Any]) -> str:
    """The request's text; MediaTypeError unless it is said to be JSON."""
    headers = event.get("headers") or {}
    said = next((v for name, v in headers.items() if name.lower() == "content-type"), "")
    media = said.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise MediaTypeError("send JSON, with Content-Type: application/json")
    body: str = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return body
    try:
        return b64decode(body).decode()
    except ValueError as fault:
        raise RequestError("the body is not UTF-8") from fault


if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    from inference.predict.warm import warm

    warm()
elif "AWS_LAMBDA_RUNTIME_API" in os.environ:
    predictor()
