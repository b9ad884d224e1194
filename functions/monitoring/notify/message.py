"""How an incident reads: as a mail, and as each chat takes it."""

from typing import Any

from tidemill.costs import STAGE
from tidemill.incidents import Incident

PAGE = "docs/operations.md"
LONGEST_SUBJECT = 100


def title(incident: Incident, stage: str) -> str:
    """One line of at most 100 ASCII characters, as SNS takes it for a mail's subject."""
    kind = incident.kind.partition("#")[0]
    whose = "" if incident.subject == STAGE else f" {incident.subject}"
    line = f"Tidemill {stage}{whose}: {kind}"
    return line.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]


def text(incident: Incident) -> str:
    """What happened, since when, what was done, what to do, and where more is said."""
    return "\n".join(
        (
            f"{incident.words.what}.".replace("..", "."),
            f"Since: {incident.since}",
            f"Done: {incident.words.done}",
            f"To do: {incident.words.todo}",
            f"More: {_link(incident)}",
        )
    )


def document(incident: Incident, stage: str) -> dict[str, Any]:
    """For programs: each part by its name."""
    return {
        "title": title(incident, stage),
        "stage": stage,
        "pipeline": None if incident.subject == STAGE else incident.subject,
        "kind": incident.kind,
        "since": incident.since,
        "what": incident.words.what,
        "done": incident.words.done,
        "todo": incident.words.todo,
        "more": _link(incident),
    }


def slack(incident: Incident, stage: str) -> dict[str, Any]:
    """An incoming webhook's message: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.

    The control characters `&`, `<` and `>` are escaped, so that no text mentions or links anybody.
    """
    return {"text": f"*{_escaped(title(incident, stage))}*\n{_escaped(text(incident))}"}


def teams(incident: Incident, stage: str) -> dict[str, Any]:
    """A message with an adaptive card, as webhooks of Teams' workflows take it."""
    blocks = [
        {"type": "TextBlock", "text": title(incident, stage), "weight": "Bolder", "wrap": True},
        *({"type": "TextBlock", "text": line, "wrap": True} for line in text(incident).split("\n")),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _escaped(said: str) -> str:
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(incident: Incident) -> str:
    return f"{PAGE}#{incident.words.section}"
