"""What is told, queued and started: EventBridge, SQS and Step Functions."""

from __future__ import annotations

import json
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

from tidemill.events import Event

if TYPE_CHECKING:  # the stubs are not shipped to Lambda
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_stepfunctions.client import SFNClient


class EventBridgeBus:
    """An event bus over EventBridge."""

    LIMIT = 10

    def __init__(self, events: EventBridgeClient, name: str) -> None:
        self._events = events
        self._name = name

    def publish(self, *events: Event) -> None:
        for batch in batched(events, self.LIMIT, strict=False):
            entries = [event.to_entry(self._name) for event in batch]
            answer = self._events.put_events(Entries=cast("Any", entries))
            if answer["FailedEntryCount"]:
                raise RuntimeError(f"EventBridge refused events: {answer['Entries']}")


class SqsQueue:
    """A queue over SQS."""

    LIMIT = 10

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, *bodies: str) -> None:
        for batch in batched(bodies, self.LIMIT, strict=False):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(batch)]
            answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=cast("Any", entries))
            if answer.get("Failed"):
                raise RuntimeError(f"SQS refused messages: {answer['Failed']}")


class StateMachine:
    """A workflow over Step Functions."""

    def __init__(self, stepfunctions: SFNClient, arn: str) -> None:
        self._stepfunctions = stepfunctions
        self._arn = arn

    def start(self, name: str, document: dict[str, Any]) -> bool:
        try:
            self._stepfunctions.start_execution(
                stateMachineArn=self._arn, name=name, input=json.dumps(document)
            )
        except self._stepfunctions.exceptions.ExecutionAlreadyExists:
            return False
        return True
