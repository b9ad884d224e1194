"""Where messages lead: to what is there, and nowhere else."""

import pytest

from monitoring.notify.message import document, teams, text
from monitoring.notify.news import read
from monitoring.notify.signpost import Signpost
from tests.functions.monitoring.notify.test_notify import alarm
from tidemill.costs import STAGE
from tidemill.incidents import Incident, Words
from tidemill.settings import NotifySettings

TOPIC = "arn:aws:sns:eu-west-1:123456789012:incidents"
HOME = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
DRIFT = Words("Data drifted", section="alarms")


def incident(subject: str = "shells", words: Words = DRIFT) -> Incident:
    moment = "2026-11-03T12:00:00Z"
    return Incident(
        subject=subject, kind="DriftDetected", state="open", since=moment, last=moment, words=words
    )


def signpost(topic: str = TOPIC, stage: str = "dev", **known: str) -> Signpost:
    settings = {"stage": stage, "registry_table": "registry", "topic": topic, **known}
    return Signpost(NotifySettings.model_validate(settings))


def test_an_alarm_is_linked_by_its_name() -> None:
    """In the console of the topic's region."""
    (news,) = read(alarm("ALARM", "12:00"), "dev")
    links = signpost().links(incident(STAGE, news.words))
    assert links == {"Alarm": f"{HOME}#alarmsV2:alarm/Tidemill-dev-ApiErrors"}


@pytest.mark.parametrize(
    ("subject", "own", "name"),
    [
        ("shells", "false", "Tidemill-dev"),
        ("shells", "true", "Tidemill-dev-shells"),
        (STAGE, "true", "Tidemill-dev"),
    ],
)
def test_an_event_leads_to_the_dashboard_that_there_is(subject: str, own: str, name: str) -> None:
    """The pipeline's where pipelines have one, else the stage's."""
    links = signpost(pipeline_dashboards=own).links(incident(subject))
    assert links["Dashboard"] == f"{HOME}#dashboards/dashboard/{name}"


@pytest.mark.parametrize(
    ("topic", "host"),
    [
        ("arn:aws-cn:sns:cn-north-1:1:t", "https://cn-north-1.console.amazonaws.cn/"),
        ("arn:aws-us-gov:sns:us-gov-west-1:1:t", "https://us-gov-west-1.console.amazonaws-us-gov"),
    ],
)
def test_other_partitions_have_consoles_of_their_own(topic: str, host: str) -> None:
    """China's and the government's regions are elsewhere."""
    assert signpost(topic).links(incident())["Dashboard"].startswith(host)


@pytest.mark.parametrize(
    "known", [signpost(stage="local"), signpost("arn:aws-iso:sns:us-iso-east-1:1:t")]
)
def test_no_link_is_dead(known: Signpost) -> None:
    """Where no console is known nothing is linked, and the page has its name."""
    assert known.links(incident()) == {}
    assert text(incident(), known).endswith("More: docs/operations.md#alarms")


def test_addresses_that_were_told_are_used() -> None:
    """The documents' and the API's, with or without a stroke at the end."""
    known = signpost(docs_url="https://docs.example.org/", api_url="https://api.example.org")
    links = known.links(incident())
    assert links["More"] == "https://docs.example.org/operations.md#alarms"
    assert links["Pipeline"] == "https://api.example.org/v1/pipelines/shells"
    assert "Pipeline" not in known.links(incident(STAGE))
    assert text(incident(), known).count("operations.md") == 1


def test_each_form_carries_the_links() -> None:
    """As lines, as buttons, or by name."""
    known = signpost(api_url="https://api.example.org")
    links = dict(known.links(incident()))
    assert all(f"{name}: {address}" in text(incident(), known) for name, address in links.items())
    assert document(incident(), known)["links"] == links
    card = teams(incident(), known)["attachments"][0]["content"]
    assert {action["title"]: action["url"] for action in card["actions"]} == links
