"""Dataset versions."""

from collections.abc import Callable
from typing import Any

from tidemill.records import DatasetRecord
from tidemill.registry.ledger import Ledger


class Datasets(Ledger):
    """What was frozen."""

    def dataset(self, pipeline: str, version: str) -> DatasetRecord | None:
        item = self._table.get(pipeline, f"dataset#{version}")
        return DatasetRecord.model_validate(item.document) if item else None

    def datasets(self, pipeline: str) -> list[DatasetRecord]:
        """Every dataset version, oldest first."""
        items = self._table.query(pipeline, "dataset#")
        found = [DatasetRecord.model_validate(item.document) for item in items]
        return sorted(found, key=lambda dataset: dataset.created_at)

    def put_dataset(self, pipeline: str, dataset: DatasetRecord) -> None:
        """Record a dataset version once; afterwards only forgetting changes it."""
        self._claim(pipeline, f"dataset#{dataset.dataset_version}", dataset.model_dump(mode="json"))

    def update_dataset(
        self, pipeline: str, version: str, change: Callable[[DatasetRecord], DatasetRecord]
    ) -> None:
        """Apply `change` to a recorded version; it may run again if another write came between."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(DatasetRecord.model_validate(old)).model_dump(mode="json")

        self._replace(pipeline, f"dataset#{version}", changed)
