"""Starting a state machine by name, once: the port and its fake."""

from typing import Any, Protocol


class Workflow(Protocol):
    """A state machine whose executions have names."""

    def start(self, name: str, document: dict[str, Any]) -> bool:
        """Start the execution; False if one of that name was started before."""


class InMemoryWorkflow:
    """A workflow that remembers what was started, for tests."""

    def __init__(self) -> None:
        self.started: dict[str, dict[str, Any]] = {}

    def start(self, name: str, document: dict[str, Any]) -> bool:
        fresh = name not in self.started
        self.started.setdefault(name, document)
        return fresh
