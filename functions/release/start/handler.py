"""A model package was approved in the registry: start its release, once per approval."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from release.start.start import start
from tidemill.aws import StateMachine, client
from tidemill.landing import message_body
from tidemill.settings import StartReleaseSettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _start, processor, context)


def _start(record: SQSRecord) -> None:
    settings = StartReleaseSettings.from_env()
    start(
        message_body(record.raw_event),
        machine=StateMachine(client("stepfunctions"), settings.state_machine),
    )
