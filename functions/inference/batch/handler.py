"""A file landed to be scored: score it, or hand it to the workflow where it is large."""

from dataclasses import replace
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.batch.batch import score_file
from inference.batch.meter import count
from inference.batch.wiring import wire
from tidemill.landing import LandedObject, message_body
from tidemill.settings import BatchSettings

processor = BatchProcessor(event_type=EventType.SQS)
PATIENCE = 2


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _score, processor, context)


def _score(record: SQSRecord) -> None:
    settings = BatchSettings.from_env()
    tools = wire(settings)
    if int(record.attributes.approximate_receive_count) > PATIENCE:
        # What has ended this function twice goes to the workflow, which records it if it fails.
        tools = replace(tools, limits=replace(tools.limits, parts_above=-1))
    batch = score_file(LandedObject.from_event(message_body(record.raw_event)), tools)
    if batch:
        count(batch, settings.stage)
