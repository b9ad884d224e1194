"""Who is told: the subscribers of a topic, and a chat."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from monitoring.notify import message
from monitoring.notify.signpost import Signpost
from tidemill.errors import ServiceError
from tidemill.incidents import Incident

SECONDS = 5.0
PAUSES = (0.5, 2.0)
TEAMS = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
type Post = Callable[[SplitResult, bytes], int]


@dataclass(frozen=True)
class Topic:
    """Mails and whatever else subscribes to an SNS topic."""

    sns: Any
    arn: str
    signpost: Signpost

    def tell(self, incident: Incident) -> None:
        self.sns.publish(
            TopicArn=self.arn,
            Subject=message.title(incident, self.signpost),
            Message=message.text(incident, self.signpost),
        )


def post(address: SplitResult, body: bytes) -> int:
    """POST JSON over HTTPS within five seconds, following nothing; the status that came back."""
    connection = HTTPSConnection(address.netloc, timeout=SECONDS)
    try:
        path = f"{address.path or '/'}{'?' + address.query if address.query else ''}"
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()


@dataclass(frozen=True)
class Webhook:
    """A chat behind an address that is a secret: no message and no fault of it says which.

    `address` is asked for the address each time. ServiceError where it is not HTTPS, or where the
    chat did not take the message three times.
    """

    address: Callable[[], str]
    signpost: Signpost
    post: Post = post
    pause: Callable[[float], None] = time.sleep

    def tell(self, incident: Incident) -> None:
        address = urlsplit(self.address().strip())
        if address.scheme != "https" or not address.hostname:
            raise ServiceError("the secret of alarm_webhook holds no https:// address")
        form = _form(address.hostname)
        body = json.dumps(form(incident, self.signpost)).encode()
        for pause in (*PAUSES, None):
            fault = self._attempt(address, body)
            if fault is None:
                return
            if pause is not None:
                self.pause(pause)
        raise ServiceError(f"the chat behind alarm_webhook {fault}")

    def _attempt(self, address: SplitResult, body: bytes) -> str | None:
        """What went wrong, if anything did."""
        try:
            status = self.post(address, body)
        except (OSError, HTTPException) as fault:
            return f"cannot be reached ({type(fault).__name__})"
        return None if 200 <= status < 300 else f"answered {status}"


def _form(host: str) -> Callable[[Incident, Signpost], dict[str, Any]]:
    if host == "hooks.slack.com":
        return message.slack
    return message.teams if host.endswith(TEAMS) else message.document
