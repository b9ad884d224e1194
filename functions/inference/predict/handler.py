"""`POST /v1/pipelines/{name}/predictions`: validate, predict, capture, answer."""

import json
import time
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.predict.capture import FirehoseStream, capture
from inference.predict.champions import Champions
from inference.predict.predict import predict
from inference.predict.request import TooManyInstancesError, parse_request
from tidemill import metrics
from tidemill.aws import DynamoTable, S3Store, client, impatient_client
from tidemill.errors import NoChampionError, RequestError, TidemillError, UnknownPipelineError
from tidemill.problem import problem
from tidemill.registry import Registry
from tidemill.settings import PredictSettings

logger = Logger(service="predict")
# Lambda answers at most 6 MB, in which the document is a JSON string with its quotes escaped.
MOST_BYTES = 4_500_000


@cache
def champions() -> Champions:
    settings = PredictSettings.from_env()
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    return Champions(registry, S3Store(client("s3")), settings.champion_seconds)


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    try:
        return _answer(event["pathParameters"]["name"], event.get("body") or "")
    except TidemillError as fault:
        return _refusal(fault)


def _answer(pipeline: str, body: str) -> dict[str, Any]:
    started = time.perf_counter()
    settings = PredictSettings.from_env()
    champion = champions().of(pipeline)
    request = parse_request(body, champion.artifact)
    if request.faults:
        count = {"InvalidInstances": request.invalid}
        metrics.record(count, stage=settings.stage, Pipeline=pipeline)
        return problem(422, f"{request.invalid} of the instances cannot be scored", request.faults)
    answers = predict(request, champion.artifact)
    document = json.dumps({"model": champion.name, "predictions": answers})
    if len(document) > MOST_BYTES:
        raise TooManyInstancesError(
            f"the answer would hold {len(document)} bytes, more than {MOST_BYTES}; send fewer",
            "/instances",
        )
    stream = FirehoseStream(impatient_client("firehose"), settings.capture_stream)
    if lost := capture(pipeline, champion.name, request, answers, stream):
        logger.error("predictions were answered but not captured", extra={"lost": lost})
    values = {
        "Predictions": len(answers),
        "PredictionLatency": (time.perf_counter() - started) * 1000,
        "CapturesLost": lost,
    }
    metrics.record(values, stage=settings.stage, Pipeline=pipeline)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": document,
    }


def _refusal(fault: TidemillError) -> dict[str, Any]:
    if isinstance(fault, RequestError):
        status = 413 if isinstance(fault, TooManyInstancesError) else 400
        return problem(status, fault.detail, [fault])
    if isinstance(fault, UnknownPipelineError | NoChampionError):
        return problem(404, str(fault))
    logger.error("a prediction failed", exc_info=fault)
    return problem(500, "the pipeline's model cannot be used; the operator's log says why")
