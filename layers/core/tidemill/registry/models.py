"""Training runs, models, and the champion among them."""

from typing import Any

from tidemill.contract import is_name
from tidemill.errors import NoChampionError, RegistryError, UnknownModelError
from tidemill.records import ChampionRecord, ModelRecord, RunRecord, now
from tidemill.registry.ledger import Ledger


class Models(Ledger):
    """What was trained, and what serves."""

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

    def champion(self, pipeline: str) -> ChampionRecord:
        """NoChampionError while the pipeline serves nothing."""
        item = self._table.get(pipeline, "champion") if is_name(pipeline) else None
        if item is None:
            raise NoChampionError(f"pipeline {pipeline!r} serves no model yet")
        return ChampionRecord.model_validate(item.document)

    def promote(
        self, pipeline: str, version: int, reason: str, approved_at: str | None = None
    ) -> ChampionRecord:
        """Make a model the champion, unless it is, or one that was approved later is."""
        approved_at = approved_at or now()
        self.model(pipeline, version)

        def crowned(old: dict[str, Any]) -> dict[str, Any]:
            if old.get("model_version") == version or old.get("approved_at", "") > approved_at:
                return old
            return ChampionRecord(
                model_version=version,
                previous=old.get("model_version"),
                approved_at=approved_at,
                promoted_at=now(),
                reason=reason,
            ).model_dump(mode="json")

        return ChampionRecord.model_validate(self._replace(pipeline, "champion", crowned))
