"""An alarm changed its state, or something happened on the bus: tell people, once an incident."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.notify.channels import Topic, Webhook
from monitoring.notify.news import read
from monitoring.notify.notify import Channel, Notifier
from monitoring.notify.signpost import Signpost
from tidemill.aws import DynamoTable, client
from tidemill.registry import Registry
from tidemill.settings import NotifySettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _notify, processor, context)


def _notify(record: SQSRecord) -> None:
    settings = NotifySettings.from_env()
    notifier = Notifier(
        Registry(DynamoTable(client("dynamodb"), settings.registry_table)), _channels(settings)
    )
    for news in read(record.body, settings.stage):
        notifier.hear(news)


def _channels(settings: NotifySettings) -> dict[str, Channel]:
    signpost = Signpost(settings)
    channels: dict[str, Channel] = {"topic": Topic(client("sns"), settings.topic, signpost)}
    if settings.webhook:
        channels["webhook"] = Webhook(lambda: _secret(settings.webhook), signpost)
    return channels


def _secret(arn: str) -> str:
    found: str = client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return found
