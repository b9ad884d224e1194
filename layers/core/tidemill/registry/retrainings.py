"""What is known of a champion's harm, and what was decided about retraining."""

from collections.abc import Callable
from typing import Any

from tidemill.harm import Harm
from tidemill.records import RetrainRecord
from tidemill.registry.ledger import Ledger

HARM = "harm"


class Retrainings(Ledger):
    """Why a pipeline was retrained by itself, or was not."""

    def harm(self, pipeline: str) -> Harm | None:
        """The newest finding on a champion; None where quality was never looked at."""
        item = self._table.get(pipeline, HARM)
        return Harm.model_validate(item.document) if item else None

    def put_harm(self, pipeline: str, harm: Harm) -> None:
        """Write the newest finding over the one before."""
        self._replace(pipeline, HARM, lambda _: harm.model_dump(mode="json"))

    def retrainings(self, pipeline: str) -> list[RetrainRecord]:
        """Every decision, oldest first."""
        items = self._table.query(pipeline, "retrain#")
        found = [RetrainRecord.model_validate(item.document) for item in items]
        return sorted(found, key=lambda record: record.at)

    def decide_retraining(
        self, pipeline: str, request_id: str, decide: Callable[[], RetrainRecord]
    ) -> RetrainRecord:
        """What was decided on a request: once asked for it stays so, a refusal is thought over."""

        def decided(old: dict[str, Any]) -> dict[str, Any]:
            return old if old.get("asked") else decide().model_dump(mode="json")

        document = self._replace(pipeline, f"retrain#{request_id}", decided)
        return RetrainRecord.model_validate(document)
