"""Drops were accepted: freeze the dataset version that they make."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.freeze.freeze import freeze
from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, client
from tidemill.events import DropRecorded
from tidemill.landing import message_body
from tidemill.registry import Registry
from tidemill.settings import FreezeSettings

logger = Logger(service="freeze")


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Freeze each pipeline of the batch once, however many of its drops are in it."""
    settings = FreezeSettings.from_env()
    messages: dict[str, list[str]] = {}
    for record in event["Records"]:
        drop = DropRecorded.from_event(message_body(record))
        messages.setdefault(drop.pipeline, []).append(record["messageId"])
    failed: list[str] = []
    for pipeline, ids in messages.items():
        try:
            freeze(
                pipeline,
                registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
                store=S3Store(client("s3")),
                bus=EventBridgeBus(client("events"), settings.bus),
                data=f"s3://{settings.data_bucket}",
            )
        except Exception:
            if len(messages) == 1:
                raise
            logger.exception("a pipeline could not be frozen", extra={"pipeline": pipeline})
            failed += ids
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}
