"""A data file landed: bring it to its state, or hand it to the workflow where it is large."""

from dataclasses import replace
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
PATIENCE = 2


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _ingest, processor, context)


def _ingest(record: SQSRecord) -> None:
    settings = IngestSettings.from_env()
    tools = wire(settings)
    if int(record.attributes.approximate_receive_count) > PATIENCE:
        # What has ended this function twice needs more of them, or a job, however small it looks.
        part = tools.limits.part
        tools = replace(tools, limits=replace(tools.limits, parts_above=part, job_above=part))
    drop = ingest(LandedObject.from_event(message_body(record.raw_event)), tools)
    if drop:
        count(drop, settings.stage)
