"""Somebody wants to be forgotten: take their rows out of all that is stored, and report."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.forget.forget import Tools, forget
from tidemill.aws import DynamoTable, EventBridgeBus, KmsKeys, S3Store, client
from tidemill.events import ForgetRequested
from tidemill.landing import message_body
from tidemill.registry import Registry
from tidemill.settings import ForgetSettings

processor = BatchProcessor(event_type=EventType.SQS)
logger = Logger(service="forget")
SPARE_MILLISECONDS = 180_000


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _forget, processor, context)


def _forget(record: SQSRecord, lambda_context: LambdaContext) -> None:
    """What does not fit into one function's time is asked for again, and goes on from there."""
    event = ForgetRequested.from_event(message_body(record.raw_event))
    tools = _tools()
    done = forget(
        event,
        tools,
        lambda: lambda_context.get_remaining_time_in_millis() < SPARE_MILLISECONDS,
    )
    logger.info("forget", extra={"request_id": event.request_id, "state": done.state})
    if done.state == "running":
        tools.bus.publish(event)


@cache
def _tools() -> Tools:
    settings = ForgetSettings.from_env()
    return Tools(
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=S3Store(client("s3")),
        bus=EventBridgeBus(client("events"), settings.bus),
        keys=KmsKeys(client("kms"), settings.pseudonym_key),
        data=f"s3://{settings.data_bucket}",
        capture=f"s3://{settings.capture_bucket}",
    )
