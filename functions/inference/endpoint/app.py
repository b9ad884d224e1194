"""The prediction API as an ASGI application, by the function's own code.

`GET /ping` and `POST /invocations` are what SageMaker asks of a container:
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from copy import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from inference.endpoint.brief import brief
from inference.endpoint.outbox import BesideOutbox
from inference.endpoint.renewed import Renewed
from inference.predict.handler import respond
from inference.predict.predict import Predictor
from tidemill.errors import LimitError
from tidemill.problem import problem

# As much as the function is sent at most: more is refused before it is read.
MOST_BYTES = 6_000_000
# Larger ones, which take more than a few milliseconds, leave the loop to other requests.
SMALL_BYTES = 16_384
logger = logging.getLogger("predict")
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
INVOCATIONS = "/invocations"
PREFIX, SUFFIX = "/v1/pipelines/", "/predictions"

type Scope = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]
type Answer = dict[str, Any]


class Endpoint:
    """Answers as the function does; what it needs of AWS in between, it asks beside the answering.

    A request to `/invocations` names its pipeline in SageMaker's custom attributes, as in
    `pipeline=abalone&explain=true`, of which the rest is the query; or it asks `pipeline`.
    What serves is looked at again every so many `seconds`.
    """

    def __init__(self, predictor: Predictor, *, pipeline: str = "", seconds: float = 1.0) -> None:
        def lose(name: str, lost: int) -> None:
            logger.error("%d predictions of %s found no room to be captured", lost, name)
            predictor.measure(name, {"CapturesLost": lost})

        tried = predictor.trials
        self._renewed = Renewed(predictor.champions, tried.challengers if tried else None)
        self._outbox = BesideOutbox(predictor.outbox, lose)
        if tried is not None:
            tried = replace(tried, challengers=self._renewed, later=self._outbox.defer)
        self._predictor = replace(
            predictor, champions=self._renewed, outbox=self._outbox, trials=tried
        )
        self._pipeline = pipeline
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            await _send(brief(answer) if scope["path"] == INVOCATIONS else answer, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the first request to the last: what was answered is captured before the end."""
        await receive()
        self._outbox.start()
        renewing = asyncio.create_task(self._renew())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        await asyncio.to_thread(self._outbox.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            await asyncio.to_thread(self._renewed.renew)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path: str = scope["path"]
        if path == "/ping":
            return _only(scope, "GET") or {"statusCode": 200, "headers": {}, "body": ""}
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        if path == INVOCATIONS:
            query = dict(parse_qsl(headers.get(ATTRIBUTES, "")))
            pipeline = query.pop("pipeline", self._pipeline)
        elif path.startswith(PREFIX) and path.endswith(SUFFIX):
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            pipeline = path[len(PREFIX) : -len(SUFFIX)]
        else:
            return problem(404, f"there is nothing at {unquote(path)[:80]!r}")
        if refused := _only(scope, "POST"):
            return refused
        try:
            body = await _body(receive)
        except LimitError as fault:
            return problem(413, str(fault), [fault])
        event = {
            "pathParameters": {"name": pipeline},
            "queryStringParameters": query,
            "headers": headers,
        }
        return await self._respond(event, body)

    async def _respond(self, event: dict[str, Any], body: bytes) -> Answer:
        try:
            event["body"] = body.decode()
        except UnicodeDecodeError:
            return problem(400, "the body is not UTF-8")
        known = event["pathParameters"]["name"] in self._renewed
        if known and len(body) <= SMALL_BYTES and not event["queryStringParameters"]:
            return respond(event, self._predictor)
        return await asyncio.to_thread(respond, event, self._predictor)


def _only(scope: Scope, method: str) -> Answer | None:
    """The refusal of any other method."""
    if scope["method"] == method:
        return None
    refused = problem(405, f"{scope['path']} is asked by {method}")
    refused["headers"]["Allow"] = method
    return refused


async def _body(receive: Receive) -> bytes:
    """All of it; LimitError as soon as it is too much."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise LimitError(f"the body has more than {MOST_BYTES} bytes")
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send(answer: Answer, send: Send) -> None:
    body = answer["body"].encode()
    headers = [(k.lower().encode(), v.encode("latin-1")) for k, v in answer["headers"].items()]
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": answer["statusCode"], "headers": headers})
    await send({"type": "http.response.body", "body": body})
