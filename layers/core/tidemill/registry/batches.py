"""Files dropped to be scored: where each of them is on its way."""

from collections.abc import Callable
from typing import Any

from tidemill.batches import BatchRecord, Scored
from tidemill.registry.ledger import Ledger

SHELVES = 16


class Batches(Ledger):
    """What was to be scored, and what became of it."""

    def batch(self, pipeline: str, batch_id: str) -> BatchRecord | None:
        item = self._table.get(pipeline, f"batch#{batch_id}")
        return BatchRecord.model_validate(item.document) if item else None

    def batches(self, pipeline: str) -> list[BatchRecord]:
        """Every file that was to be scored, oldest first."""
        items = self._table.query(pipeline, "batch#")
        found = [BatchRecord.model_validate(item.document) for item in items]
        return sorted(found, key=lambda batch: (batch.landed_at, batch.batch_id))

    def update_batch(
        self,
        pipeline: str,
        batch_id: str,
        change: Callable[[BatchRecord | None], BatchRecord],
    ) -> BatchRecord:
        """Put what `change` makes of the record; it may run again if another write came between."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            known = BatchRecord.model_validate(old) if old else None
            return change(known).model_dump(mode="json")

        return BatchRecord.model_validate(self._replace(pipeline, f"batch#{batch_id}", changed))

    def note_scored(self, pipeline: str, batch_id: str, part: int, scored: Scored) -> None:
        """Note what became of one part; the same again changes nothing.

        Parts that end together are noted on different records, so that few writers meet at one.
        """
        noted = scored.model_dump(mode="json", exclude={"unseen", "out_of_range"})

        def added(old: dict[str, Any]) -> dict[str, Any]:
            return {**old, str(part): noted}

        self._replace(pipeline, f"scored#{batch_id}#{part % SHELVES:02d}", added)

    def scored(self, pipeline: str, batch_id: str) -> tuple[int, Scored]:
        """How many parts are noted as done, and their rows."""
        items = self._table.query(pipeline, f"scored#{batch_id}#")
        parts = [Scored.model_validate(part) for i in items for part in i.document.values()]
        return len(parts), sum(parts, Scored())
