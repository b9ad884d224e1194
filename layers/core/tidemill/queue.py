"""Where work waits: the port of a queue, and its fake."""

from typing import Protocol


class Queue(Protocol):
    """Messages out; who reads them is not our business."""

    def send(self, *bodies: str) -> None:
        """Enqueue every message, or raise."""


class InMemoryQueue:
    """A queue that remembers, for tests."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, *bodies: str) -> None:
        self.sent.extend(bodies)
