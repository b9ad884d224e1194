"""A notifier whose channels remember what they were told."""

from dataclasses import dataclass, field

import pytest

from monitoring.notify.news import read
from monitoring.notify.notify import Notifier
from tidemill.incidents import Incident
from tidemill.registry import Registry
from tidemill.table import InMemoryTable


@dataclass
class Remembering:
    """A channel that raises as often as it is told to, and then listens."""

    failures: int = 0
    heard: list[Incident] = field(default_factory=list)

    def tell(self, incident: Incident) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("nobody there")
        self.heard.append(incident)


@dataclass
class Desk:
    """Where messages come in, and who hears of them."""

    mail: Remembering = field(default_factory=Remembering)
    chat: Remembering = field(default_factory=Remembering)
    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))

    def receive(self, body: str) -> None:
        notifier = Notifier(self.registry, {"mail": self.mail, "chat": self.chat})
        for news in read(body, "dev"):
            notifier.hear(news)

    @property
    def kinds(self) -> list[str]:
        return [incident.kind for incident in self.mail.heard]


@pytest.fixture
def desk() -> Desk:
    return Desk()
