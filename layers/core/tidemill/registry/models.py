"""Training runs and models."""

from typing import Any

from tidemill.errors import RegistryError, UnknownModelError
from tidemill.records import ModelRecord, RunRecord
from tidemill.registry.ledger import Ledger


class Models(Ledger):
    """What was trained, and what came of it."""

    def run(self, pipeline: str, run: str) -> RunRecord | None:
        item = self._table.get(pipeline, f"run#{run}")
        return RunRecord.model_validate(item.document) if item else None

    def runs(self, pipeline: str) -> list[RunRecord]:
        """Every run, oldest first."""
        found = [RunRecord.model_validate(i.document) for i in self._table.query(pipeline, "run#")]
        return sorted(found, key=lambda run: run.started_at)

    def claim_run(self, pipeline: str, run: RunRecord) -> bool:
        """Whether this run is new: False if one of its name was recorded before."""
        return self._claim(pipeline, f"run#{run.run}", run.model_dump(mode="json"))

    def update_run(self, pipeline: str, run: str, **changes: Any) -> RunRecord:  # noqa: ANN401
        """Change fields of a run's record; RegistryError if there is no such run."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            if not old:
                raise RegistryError(f"pipeline {pipeline!r} has no run {run!r}")
            return {**old, **changes}

        return RunRecord.model_validate(self._replace(pipeline, f"run#{run}", changed))

    def model(self, pipeline: str, version: int) -> ModelRecord:
        """UnknownModelError if the pipeline has no such model."""
        item = self._table.get(pipeline, f"model#{version:06d}")
        if item is None:
            raise UnknownModelError(f"pipeline {pipeline!r} has no model {version}")
        return ModelRecord.model_validate(item.document)

    def models(self, pipeline: str) -> list[ModelRecord]:
        """Every model, oldest first."""
        items = self._table.query(pipeline, "model#")
        return [ModelRecord.model_validate(item.document) for item in items]

    def put_model(self, pipeline: str, model: ModelRecord) -> None:
        """Record a model package once."""
        record = f"model#{model.model_version:06d}"
        self._claim(pipeline, record, model.model_dump(mode="json"))
