"""A contract is in force, or a model serves: draw the pipeline's dashboard."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.draw.draw import draw
from tidemill.aws import client
from tidemill.landing import message_body
from tidemill.settings import DrawSettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _draw, processor, context)


def _draw(record: SQSRecord) -> None:
    settings = DrawSettings.from_env()
    pipeline = message_body(record.raw_event)["detail"]["pipeline"]
    draw(pipeline, stage=settings.stage, region=settings.region, cloudwatch=client("cloudwatch"))
