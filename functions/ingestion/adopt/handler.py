"""A `pipeline.yaml` landed: put the contract in force, or say what is wrong with it."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.adopt.adopt import adopt
from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, SqsQueue, client
from tidemill.landing import LandedObject, message_body
from tidemill.registry import Registry
from tidemill.settings import AdoptSettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _adopt, processor, context)


def _adopt(record: SQSRecord) -> None:
    settings = AdoptSettings.from_env()
    adopt(
        LandedObject.from_event(message_body(record.raw_event)),
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=S3Store(client("s3")),
        bus=EventBridgeBus(client("events"), settings.bus),
        landing=SqsQueue(client("sqs"), settings.landing_queue),
    )
