"""Incidents: one record of each kind and subject, the newest over the one before."""

from collections.abc import Callable
from typing import Any

from tidemill.incidents import Incident
from tidemill.registry.ledger import Ledger


class Incidents(Ledger):
    """What people were told of."""

    def incident(self, subject: str, kind: str) -> Incident | None:
        item = self._table.get(subject, f"incident#{kind}")
        return Incident.model_validate(item.document) if item else None

    def incidents(self, subject: str) -> list[Incident]:
        """The newest of each kind, open or over."""
        items = self._table.query(subject, "incident#")
        return [Incident.model_validate(item.document) for item in items]

    def change_incident(
        self, subject: str, kind: str, change: Callable[[Incident | None], Incident]
    ) -> Incident:
        """Replace the newest of a kind; `change` may run again if another write came between."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(Incident.model_validate(old) if old else None).model_dump(mode="json")

        return Incident.model_validate(self._replace(subject, f"incident#{kind}", changed))
