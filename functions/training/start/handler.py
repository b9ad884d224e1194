"""A dataset is ready, or a retraining was asked for: start a run that has not been started."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill.aws import DynamoTable, EventBridgeBus, StateMachine, client
from tidemill.events import DatasetReady, RetrainRequested
from tidemill.landing import message_body
from tidemill.registry import Registry
from tidemill.settings import StartTrainingSettings
from training.start.start import start

processor = BatchProcessor(event_type=EventType.SQS)
ASKING = {event.__name__: event for event in (DatasetReady, RetrainRequested)}


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _start, processor, context)


def _start(record: SQSRecord) -> None:
    settings = StartTrainingSettings.from_env()
    body = message_body(record.raw_event)
    start(
        ASKING[body["detail-type"]].from_event(body),
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        bus=EventBridgeBus(client("events"), settings.bus),
        machine=StateMachine(client("stepfunctions"), settings.state_machine),
    )
