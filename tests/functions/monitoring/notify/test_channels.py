"""How people are told, and that a chat's address is nobody's business."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult

import pytest

from monitoring.notify.channels import Topic, Webhook
from monitoring.notify.signpost import Signpost
from tests.functions.monitoring.bill.conftest import Scripted
from tidemill.errors import ServiceError
from tidemill.incidents import Incident, Words
from tidemill.settings import NotifySettings

SECRET = "T000/B000/hidden"  # noqa: S105 - made up
SLACK = f"https://hooks.slack.com/services/{SECRET}"
INCIDENT = Incident(
    subject="shells",
    kind="DriftDetected",
    state="open",
    since="2026-11-03T12:00:00Z",
    last="2026-11-03T12:00:00Z",
    words=Words("Data drifted in <a> & b", "Look.", "it serves", "alarms"),
)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:incidents"
SETTINGS = NotifySettings(stage="dev", registry_table="registry", topic=TOPIC)
SIGNPOST = Signpost(SETTINGS)


@dataclass
class Chat:
    """Answers with these, one a request; an exception is raised."""

    answers: list[int | Exception] = field(default_factory=lambda: [200])
    posted: list[tuple[SplitResult, Any]] = field(default_factory=list)
    paused: list[float] = field(default_factory=list)

    def post(self, address: SplitResult, body: bytes) -> int:
        self.posted.append((address, json.loads(body)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def tell(self, address: str) -> None:
        Webhook(lambda: address, SIGNPOST, self.post, self.paused.append).tell(INCIDENT)


def test_a_mail_says_all_of_it() -> None:
    """What, since when, what was done, what to do, and where more is said."""
    sns = Scripted(publish={})
    Topic(sns, TOPIC, SIGNPOST).tell(INCIDENT)
    ((_, request),) = sns.asked
    assert request["Subject"] == "Tidemill dev shells: DriftDetected"
    assert request["Message"] == (
        "Data drifted in <a> & b.\nSince: 2026-11-03T12:00:00Z\nDone: it serves\nTo do: Look.\n"
        "More: docs/operations.md#alarms\n"
        "Dashboard: https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#dashboards/dashboard/Tidemill-dev"
    )


@pytest.mark.parametrize(
    ("address", "keys"),
    [
        (SLACK, {"text"}),
        ("https://prod-1.westeurope.logic.azure.com/workflows/1", {"type", "attachments"}),
        ("https://example.org/hook?x=1", {"title", "stage", "pipeline", "kind", "since", "what",
                                          "done", "todo", "more", "links"}),
    ],
)  # fmt: skip
def test_each_chat_gets_its_form(address: str, keys: set[str]) -> None:
    """Slack, Teams, and JSON for all others."""
    chat = Chat()
    chat.tell(address)
    ((_, body),) = chat.posted
    assert set(body) == keys


def test_no_text_links_or_mentions_in_slack() -> None:
    """What a column is called stays text."""
    chat = Chat()
    chat.tell(SLACK)
    assert "&lt;a&gt; &amp; b" in chat.posted[0][1]["text"]


@pytest.mark.parametrize("fault", [500, 429, TimeoutError(SECRET)])
def test_a_chat_is_tried_three_times(fault: int | Exception) -> None:
    """With pauses; the third may do."""
    chat = Chat([fault, fault, 204])
    chat.tell(SLACK)
    assert (len(chat.posted), chat.paused) == (3, [0.5, 2.0])


@pytest.mark.parametrize("fault", [404, OSError(SECRET)])
def test_a_fault_does_not_give_the_address_away(fault: int | Exception) -> None:
    """After three times it is raised, to be delivered again later, without the secret."""
    with pytest.raises(ServiceError, match="alarm_webhook") as raised:
        Chat([fault] * 3).tell(SLACK)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("address", ["http://hooks.slack.com/x", "ftp://x", "hidden", "https://"])
def test_only_https_is_spoken(address: str) -> None:
    """Nothing is sent in the clear, and the secret is not repeated."""
    chat = Chat()
    with pytest.raises(ServiceError, match="holds no https:// address") as raised:
        chat.tell(address)
    assert not chat.posted
    assert "hidden" not in str(raised.value)
