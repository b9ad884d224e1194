"""Something that somebody should know of once, from when it began until it is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tidemill.records import Record

QUIET = timedelta(days=7)


@dataclass(frozen=True)
class Words:
    """What happened, what to do, what was done already, and where the operations page says more.

    `alarm` is the name of the alarm that told, if one did.
    """

    what: str
    todo: str = ""
    done: str = "nothing yet"
    section: str = "alarms"
    alarm: str = ""


class Incident(Record):
    """What happened, to whom, since when; `told` are the channels that heard of it."""

    subject: str
    kind: str
    state: Literal["open", "closed"]
    since: str
    last: str
    words: Words
    told: tuple[str, ...] = ()

    def goes_on(self, moment: str) -> bool:
        """Whether news of that moment are of this incident: a week of silence ends one too."""
        if self.state == "closed":
            return moment <= self.last
        return datetime.fromisoformat(moment) - datetime.fromisoformat(self.last) < QUIET


def open_ones(incidents: Iterable[Incident]) -> list[Incident]:
    """Those that are not over, the newest first."""
    return sorted((i for i in incidents if i.state == "open"), key=lambda i: i.since, reverse=True)
