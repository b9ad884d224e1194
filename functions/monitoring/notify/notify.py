"""Tell of an incident once: open it, tell each channel, and close it when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from monitoring.notify.news import News
from tidemill.incidents import Incident
from tidemill.registry import Registry


class Channel(Protocol):
    """Who is told."""

    def tell(self, incident: Incident) -> None:
        """Deliver a message, or raise."""


@dataclass(frozen=True)
class Notifier:
    """Tells its channels, by name, of what began; the same news again change nothing."""

    registry: Registry
    channels: Mapping[str, Channel]

    def hear(self, news: News) -> None:
        """Take the news in; raises what a channel raises, after the others were told.

        An incident is recorded before anybody is told and a channel after it was: who was not told
        is told when the news come again.
        """
        changed = self._close(news) if news.over else self._open(news)
        if changed.state == "closed":
            return
        faults = []
        for name, channel in self.channels.items():
            if name in changed.told:
                continue
            try:
                channel.tell(changed)
            except Exception as fault:  # noqa: BLE001 - another channel may still hear of it
                faults.append(fault)
            else:
                self._told(changed, name)
        if faults:
            raise faults[0]

    def _open(self, news: News) -> Incident:
        def change(old: Incident | None) -> Incident:
            if old is None or not old.goes_on(news.at):
                return _incident(news, "open")
            return old.model_copy(update={"last": max(old.last, news.at)})

        return self.registry.change_incident(news.subject, news.kind, change)

    def _close(self, news: News) -> Incident:
        """What is over before it was heard of is recorded too: its beginning may come late."""

        def change(old: Incident | None) -> Incident:
            if old is None:
                return _incident(news, "closed")
            if news.at < old.last:
                return old
            return old.model_copy(update={"state": "closed", "last": news.at})

        return self.registry.change_incident(news.subject, news.kind, change)

    def _told(self, incident: Incident, channel: str) -> None:
        def change(held: Incident | None) -> Incident:
            if held is None or held.since != incident.since:
                return held or incident
            return held.model_copy(update={"told": (*held.told, channel)})

        self.registry.change_incident(incident.subject, incident.kind, change)


def _incident(news: News, state: Literal["open", "closed"]) -> Incident:
    return Incident(
        subject=news.subject,
        kind=news.kind,
        state=state,
        since=news.at,
        last=news.at,
        words=news.words,
    )
