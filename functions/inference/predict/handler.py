"""`POST /v1/pipelines/{name}/predictions`: validate, predict, capture, answer."""

import logging
import os
from base64 import b64decode
from collections.abc import Mapping
from functools import cache
from typing import Any

from inference.predict.capture import DirectOutbox
from inference.predict.champions import MEGABYTE, Champions, Keeping
from inference.predict.loading import Loader
from inference.predict.predict import Predictor
from inference.predict.refusals import refuse
from inference.predict.warm import warm
from tidemill import metrics
from tidemill.direct import DirectMacs, DirectStore, DirectStream, DirectTable
from tidemill.errors import MediaTypeError, RequestError, TidemillError
from tidemill.predict_settings import PredictSettings
from tidemill.serving import ServingRecords

logger = logging.getLogger("predict")


@cache
def predictor() -> Predictor:
    settings = PredictSettings.from_env()

    def measure(pipeline: str, values: Mapping[str, float], feature: str = "") -> None:
        if feature:
            metrics.record(values, stage=None, Pipeline=pipeline, Feature=feature)
        else:
            metrics.record(values, stage=settings.stage, Pipeline=pipeline)

    def report(pipeline: str, fault: Exception) -> None:
        logger.error("a model of %s cannot be loaded", pipeline, exc_info=fault)
        measure(pipeline, {"ModelLoadFailures": 1})

    def lose(pipeline: str, lost: int) -> None:
        logger.error("%d predictions of %s were answered but not captured", lost, pipeline)
        measure(pipeline, {"CapturesLost": lost})

    records = ServingRecords(DirectTable(settings.registry_table))
    loader = Loader(records, DirectStore(), DirectMacs(settings.signing_key))
    keeping = Keeping(settings.champion_seconds, settings.artifacts_mb * MEGABYTE)
    champions = Champions(loader, keeping, report)
    outbox = DirectOutbox(DirectStream(settings.capture_stream), lose)
    return Predictor(champions, outbox, measure)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    try:
        document = predictor().answer(event["pathParameters"]["name"], _body(event))
    except TidemillError as fault:
        return refuse(fault)
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
    warm()
