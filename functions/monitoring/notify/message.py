"""How an incident reads: as a mail, and as each chat takes it."""

from typing import Any

from monitoring.notify.signpost import Signpost
from tidemill.costs import STAGE
from tidemill.incidents import Incident

LONGEST_SUBJECT = 100


def title(incident: Incident, signpost: Signpost) -> str:
    """One line of at most 100 ASCII characters, as SNS takes it for a mail's subject."""
    kind = incident.kind.partition("#")[0]
    whose = "" if incident.subject == STAGE else f" {incident.subject}"
    line = f"Tidemill {signpost.settings.stage}{whose}: {kind}"
    return line.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]


def text(incident: Incident, signpost: Signpost) -> str:
    """What happened, since when, what was done, what to do, and where more is to be seen."""
    places = {"More": signpost.page(incident), **signpost.links(incident)}
    return "\n".join((*_said(incident), *(f"{name}: {where}" for name, where in places.items())))


def document(incident: Incident, signpost: Signpost) -> dict[str, Any]:
    """For programs: each part by its name."""
    return {
        "title": title(incident, signpost),
        "stage": signpost.settings.stage,
        "pipeline": None if incident.subject == STAGE else incident.subject,
        "kind": incident.kind,
        "since": incident.since,
        "what": incident.words.what,
        "done": incident.words.done,
        "todo": incident.words.todo,
        "more": signpost.page(incident),
        "links": dict(signpost.links(incident)),
    }


def slack(incident: Incident, signpost: Signpost) -> dict[str, Any]:
    """An incoming webhook's message: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.

    The control characters `&`, `<` and `>` are escaped, so that no text mentions or links anybody.
    """
    said = _escaped(text(incident, signpost))
    return {"text": f"*{_escaped(title(incident, signpost))}*\n{said}"}


def teams(incident: Incident, signpost: Signpost) -> dict[str, Any]:
    """A message with an adaptive card, as workflows of Teams take it; links are buttons."""
    head = {"type": "TextBlock", "text": title(incident, signpost), "weight": "Bolder"}
    lines = [*_said(incident), f"More: {signpost.page(incident)}"]
    blocks = [{**head, "wrap": True}]
    blocks += [{"type": "TextBlock", "text": line, "wrap": True} for line in lines]
    links = signpost.links(incident).items()
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
        "actions": [{"type": "Action.OpenUrl", "title": n, "url": url} for n, url in links],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _escaped(said: str) -> str:
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _said(incident: Incident) -> list[str]:
    words = incident.words
    return [
        f"{words.what}.".replace("..", "."),
        f"Since: {incident.since}",
        f"Done: {words.done}",
        f"To do: {words.todo}",
    ]
