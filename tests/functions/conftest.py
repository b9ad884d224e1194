"""A simulated account with what the rooms' functions are wired to, and events as AWS sends them."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tidemill import aws
from tidemill.aws import DynamoTable
from tidemill.registry import Registry

EVENTS = Path(__file__).parents[1] / "events"


def load_event(name: str) -> dict[str, Any]:
    """An event as AWS documents it."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def in_queue(*bodies: dict[str, Any]) -> dict[str, Any]:
    """A batch of messages that hold these events; the nth has the id `m<n>`."""
    message = load_event("sqs_message")
    records = [
        message | {"messageId": f"m{number}", "body": json.dumps(body)}
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def landed(key: str, version: str, sequencer: str = "001") -> dict[str, Any]:
    """S3's event of one object."""
    event = load_event("object_created")
    event["detail"]["object"] |= {"key": key, "version-id": version, "sequencer": sequencer}
    return event


@dataclass(frozen=True)
class Account:
    """The account's clients and the registry in it."""

    s3: Any
    sqs: Any
    registry: Registry
    queue: str

    def put(self, key: str, body: str) -> str:
        version: str = self.s3.put_object(Bucket="landing", Key=key, Body=body)["VersionId"]
        return version

    def received(self) -> list[dict[str, Any]]:
        """The events on the bus so far, as a rule delivers them."""
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Buckets, table, bus and a queue behind it; functions find them in their environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        aws.client.cache_clear()
        yield _made(monkeypatch)
    aws.client.cache_clear()


def _made(monkeypatch: pytest.MonkeyPatch) -> Account:
    s3, sqs, events = (aws.client(name) for name in ("s3", "sqs", "events"))
    for bucket in ("landing", "data"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="landing", VersioningConfiguration={"Status": "Enabled"})
    _make_table()
    events.create_event_bus(Name="bus")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name="all", EventBusName="bus", EventPattern='{"source": ["tidemill"]}')
    target = {"Id": "heard", "Arn": arn["QueueArn"]}
    events.put_targets(Rule="all", EventBusName="bus", Targets=[target])
    settings = {"STAGE": "dev", "REGISTRY_TABLE": "registry", "BUS": "bus", "DATA_BUCKET": "data"}
    key = boto3.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    settings |= {"LANDING_QUEUE": queue, "PSEUDONYM_KEY": key["KeyMetadata"]["KeyId"]}
    settings |= {"WORKFLOW": _make_workflow()}
    for name, value in settings.items():
        monkeypatch.setenv(f"TIDEMILL_{name}", value)
    return Account(s3, sqs, Registry(DynamoTable(aws.client("dynamodb"), "registry")), queue)


def _make_workflow() -> str:
    made = aws.client("stepfunctions").create_state_machine(
        name="ingestion",
        definition='{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/workflow",
    )
    return str(made["stateMachineArn"])


def _make_table() -> None:
    names = ("pipeline", "record")
    boto3.client("dynamodb").create_table(
        TableName="registry",
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
    )
