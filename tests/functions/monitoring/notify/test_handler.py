"""Messages as SQS hands them over, to people as SNS does."""

import json

import boto3
import pytest

from monitoring.notify.handler import handler
from tests.functions.conftest import Account, in_queue
from tests.functions.monitoring.notify.test_notify import alarm
from tidemill.aws import client
from tidemill.costs import STAGE
from tidemill.settings import NotifySettings


@pytest.fixture
def topic(account: Account, monkeypatch: pytest.MonkeyPatch) -> str:
    """A topic whose messages fall into the account's queue."""
    arn: str = client("sns").create_topic(Name="incidents")["TopicArn"]
    heard = account.sqs.get_queue_attributes(QueueUrl=account.queue, AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=heard["Attributes"]["QueueArn"]
    )
    settings = NotifySettings(stage="dev", registry_table="registry", topic=arn)
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    return arn


@pytest.mark.usefixtures("topic")
def test_an_alarm_reaches_people_once(account: Account) -> None:
    """Delivered twice, told once; the registry remembers to whom."""
    body = json.loads(alarm("ALARM", "12:00"))
    for _ in range(2):
        assert handler(in_queue(body, body), None) == {"batchItemFailures": []}  # type: ignore[arg-type]
    (mail,) = account.received()
    assert mail["Subject"] == "Tidemill dev: ApiErrors"
    assert "Since: 2026-11-03T12:00:00.000Z" in mail["Message"]
    incident = account.registry.incident(STAGE, "ApiErrors")
    assert incident is not None
    assert incident.told == ("topic",)


def test_a_chat_that_cannot_be_told_leaves_the_message(
    account: Account, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is delivered again, and mails do not come again for that."""
    arn = client("secretsmanager").create_secret(Name="chat", SecretString="http://open")["ARN"]
    settings = NotifySettings(stage="dev", registry_table="registry", topic=topic, webhook=arn)
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    message = in_queue(json.loads(alarm("ALARM", "12:00")), json.loads(alarm("OK", "11:00", "X")))
    for _ in range(2):
        failed = handler(message, None)["batchItemFailures"]  # type: ignore[arg-type]
        assert failed == [{"itemIdentifier": "m0"}]
    assert len(account.received()) == 1
