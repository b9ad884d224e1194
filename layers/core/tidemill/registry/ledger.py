"""Documents of a table, each written with a condition."""

from collections.abc import Callable
from typing import Any

from tidemill.errors import StaleWriteError
from tidemill.table import Table

ATTEMPTS = 20


class Ledger:
    """Claims a record once, or replaces it by what a change makes of it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def _claim(self, pipeline: str, record: str, document: dict[str, Any]) -> bool:
        try:
            self._table.put(pipeline, record, document, expect=0)
        except StaleWriteError:
            return False
        return True

    def _replace(
        self, pipeline: str, record: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        for _ in range(ATTEMPTS):
            item = self._table.get(pipeline, record)
            document = change(dict(item.document) if item else {})
            if item and document == item.document:
                return document
            try:
                self._table.put(pipeline, record, document, expect=item.revision if item else 0)
            except StaleWriteError:
                continue
            return document
        raise StaleWriteError(f"{pipeline}/{record}: {ATTEMPTS} writers came first")
