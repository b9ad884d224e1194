"""What was decided about retraining."""

from typing import Any

from tidemill.records import RetrainRecord
from tidemill.registry.ledger import Ledger


class Retrainings(Ledger):
    """Why a pipeline was retrained by itself, or was not."""

    def retrainings(self, pipeline: str) -> list[RetrainRecord]:
        """Every decision, oldest first."""
        items = self._table.query(pipeline, "retrain#")
        found = [RetrainRecord.model_validate(item.document) for item in items]
        return sorted(found, key=lambda record: record.at)

    def decide_retraining(self, pipeline: str, record: RetrainRecord) -> RetrainRecord:
        """What is decided on its request: once asked for it stays so, a refusal is thought over."""

        def decided(old: dict[str, Any]) -> dict[str, Any]:
            return old if old.get("asked") else record.model_dump(mode="json")

        document = self._replace(pipeline, f"retrain#{record.request_id}", decided)
        return RetrainRecord.model_validate(document)
