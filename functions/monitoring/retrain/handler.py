"""Drift, harm or new rows were seen, or it is time to look: decide about retraining."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.retrain.retrain import Retrainer
from monitoring.retrain.sign import Sign
from tidemill.aws import DynamoTable, EventBridgeBus, client
from tidemill.events import DatasetReady, DriftDetected, HarmFound
from tidemill.landing import message_body
from tidemill.registry import Registry
from tidemill.settings import RetrainSettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    if "Records" in event:
        return process_partial_response(event, _hear, processor, context)
    decided = _retrainer().look_at_the_clock()
    return {"decided": [record.model_dump(mode="json") for record in decided]}


def _hear(record: SQSRecord) -> None:
    body = message_body(record.raw_event)
    match body["detail-type"]:
        case "DriftDetected":
            _retrainer().hear(Sign.of_drift(DriftDetected.from_event(body)))
        case "HarmFound":
            _retrainer().hear(Sign.of_harm(HarmFound.from_event(body)))
        case _:
            _retrainer().think_over(DatasetReady.from_event(body))


def _retrainer() -> Retrainer:
    settings = RetrainSettings.from_env()
    return Retrainer(
        Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        EventBridgeBus(client("events"), settings.bus),
    )
