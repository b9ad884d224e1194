"""Monitoring windows and the drift measured in them."""

from collections.abc import Callable
from typing import Any

from tidemill.registry.ledger import Ledger


class Windows(Ledger):
    """What was seen since."""

    def update_window(
        self, pipeline: str, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Apply `change` to a monitoring window; it may run again if another write came between."""
        return self._replace(pipeline, f"window#{name}", change)

    def drift(self, pipeline: str) -> dict[str, Any]:
        """The newest drift measured, by what was looked at: `drop` or `predictions`."""
        items = self._table.query(pipeline, "drift#")
        return {item.record.removeprefix("drift#"): item.document for item in items}

    def drifts(self, pipeline: str) -> list[dict[str, Any]]:
        """What was found in windows that drifted, oldest first."""
        found = [item.document for item in self._table.query(pipeline, "drifted#")]
        return sorted(found, key=lambda document: str(document["at"]))

    def drifted(self, pipeline: str, report: str) -> dict[str, Any] | None:
        """What was found in the window of that report."""
        item = self._table.get(pipeline, f"drifted#{report}")
        return item.document if item else None

    def add_drift(self, pipeline: str, report: str, document: dict[str, Any]) -> None:
        """Record a window that drifted, once."""
        self._claim(pipeline, f"drifted#{report}", document)

    def put_drift(self, pipeline: str, window: str, document: dict[str, Any]) -> None:
        self._replace(pipeline, f"drift#{window}", lambda _: document)
