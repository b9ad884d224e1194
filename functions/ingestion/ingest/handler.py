"""A data file landed: bring it to its state, or hand it to the workflow where it is large."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.ingest.ingest import ingest
from ingestion.ingest.meter import count
from ingestion.ingest.wiring import wire
from tidemill.landing import LandedObject, message_body
from tidemill.settings import IngestSettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _ingest, processor, context)


def _ingest(record: SQSRecord) -> None:
    settings = IngestSettings.from_env()
    drop = ingest(LandedObject.from_event(message_body(record.raw_event)), wire(settings))
    if drop:
        count(drop, settings.stage)
