"""The registry: every record of every pipeline, in one table, each written with a condition."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from tidemill.contract import Contract, is_name
from tidemill.errors import (
    NoChampionError,
    RegistryError,
    StaleWriteError,
    UnknownModelError,
    UnknownPipelineError,
)
from tidemill.records import (
    ChampionRecord,
    DatasetRecord,
    DropRecord,
    ForgetRecord,
    ModelRecord,
    RunRecord,
    SuppressionRecord,
    now,
)
from tidemill.table import Table

DIRECTORY = "_pipelines"
ATTEMPTS = 20


class Registry:
    """The records of all pipelines over a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def pipelines(self) -> list[str]:
        return [item.record for item in self._table.query(DIRECTORY, "")]

    def contract(self, pipeline: str) -> Contract:
        """The contract in force; UnknownPipelineError if there never was one."""
        contract = self.contract_in_force(pipeline) if is_name(pipeline) else None
        if contract is None:
            refused = is_name(pipeline) and self.contract_refusal(pipeline)
            remedy = "its contract was refused" if refused else "drop its pipeline.yaml first"
            raise UnknownPipelineError(f"no pipeline {pipeline[:80]!r}: {remedy}")
        return contract

    def contract_in_force(self, pipeline: str) -> Contract | None:
        item = self._table.get(pipeline, "contract")
        return Contract.model_validate(item.document["contract"]) if item else None

    def contract_version(self, pipeline: str, version: str) -> Contract | None:
        """A contract that was in force once; versions are kept for good."""
        item = self._table.get(pipeline, f"contract#{version}")
        return Contract.model_validate(item.document["contract"]) if item else None

    def put_contract(self, contract: Contract) -> None:
        """Put a contract in force and keep it under its version for good."""
        document = {"contract": contract.model_dump(mode="json"), "accepted_at": now()}
        self._claim(contract.pipeline, f"contract#{contract.version}", document)
        self._replace(contract.pipeline, "contract", lambda _: document)
        self._claim(DIRECTORY, contract.pipeline, {"since": document["accepted_at"]})

    def contract_refusal(self, pipeline: str) -> dict[str, Any] | None:
        """The last refused contract's problems, until a good one replaces it."""
        item = self._table.get(pipeline, "refusal")
        return item.document if item and item.document.get("problems") else None

    def put_contract_refusal(self, pipeline: str, problems: tuple[str, ...]) -> None:
        document = {"problems": list(problems), "refused_at": now()}
        self._replace(pipeline, "refusal", lambda _: document)
        self._claim(DIRECTORY, pipeline, {"since": document["refused_at"]})

    def drop(self, pipeline: str, drop_id: str) -> DropRecord | None:
        item = self._table.get(pipeline, f"drop#{drop_id}")
        return DropRecord.model_validate(item.document) if item else None

    def drops(self, pipeline: str) -> list[DropRecord]:
        """Every drop, oldest first."""
        found = [
            DropRecord.model_validate(i.document) for i in self._table.query(pipeline, "drop#")
        ]
        return sorted(found, key=lambda drop: (drop.landed_at, drop.sequencer, drop.drop_id))

    def put_drop(self, drop: DropRecord) -> None:
        """Record the drop's state; a later record of the same drop replaces it."""
        self._replace(drop.pipeline, f"drop#{drop.drop_id}", lambda _: drop.model_dump(mode="json"))

    def update_drop(
        self, pipeline: str, drop_id: str, change: Callable[[DropRecord], DropRecord]
    ) -> None:
        """Apply `change` to a recorded drop; it may run again if another write came between."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(DropRecord.model_validate(old)).model_dump(mode="json")

        self._replace(pipeline, f"drop#{drop_id}", changed)

    def claim_content(self, drop: DropRecord) -> str:
        """The drop that holds this content in the source: an earlier one that lives, or this."""
        record = f"content#{drop.source}#{drop.content}"

        def claimed(held: dict[str, Any]) -> dict[str, Any]:
            owner = held.get("drop_id")
            if owner and self._lives(drop.pipeline, owner):
                return held
            return {"drop_id": drop.drop_id}

        return str(self._replace(drop.pipeline, record, claimed)["drop_id"])

    def newest_sequencer(self, pipeline: str, uri: str, sequencer: str) -> str:
        """Note that `sequencer` was seen at `uri`; the highest ever seen there."""

        def higher(seen: dict[str, Any]) -> dict[str, Any]:
            newest = max(seen.get("sequencer", ""), sequencer, key=sequencer_order)
            return {**seen, "sequencer": newest}

        return str(self._replace(pipeline, _object(uri), higher)["sequencer"])

    def hold(self, drop: DropRecord, content_of: str) -> bool:
        """Note that the drop's object holds the content of drop `content_of`: its own, or equal.

        False where a newer version of the object came between: then that one is held.
        """

        def held(seen: dict[str, Any]) -> dict[str, Any]:
            if sequencer_order(seen.get("held_at", "")) > sequencer_order(drop.sequencer):
                return seen
            return {**seen, "held_at": drop.sequencer, "holder": drop.drop_id, "holds": content_of}

        document = self._replace(drop.pipeline, _object(drop.uri), held)
        return bool(document["holder"] == drop.drop_id)

    def live_drops(self, pipeline: str) -> list[DropRecord]:
        """Every accepted drop whose content an object still holds, its own or an equal one."""
        held = self._held(pipeline)
        accepted = [drop for drop in self.drops(pipeline) if drop.state == "accepted"]
        return [drop for drop in accepted if drop.drop_id in held]

    def _lives(self, pipeline: str, drop_id: str) -> bool:
        drop = self.drop(pipeline, drop_id)
        return drop is None or (drop.state == "accepted" and drop_id in self._held(pipeline))

    def _held(self, pipeline: str) -> set[str]:
        items = self._table.query(pipeline, "object#")
        return {item.document["holds"] for item in items if "holds" in item.document}

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

    def update_window(
        self, pipeline: str, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Apply `change` to a monitoring window; it may run again if another write came between."""
        return self._replace(pipeline, f"window#{name}", change)

    def drift(self, pipeline: str) -> dict[str, Any]:
        """The newest drift measured, by what was looked at: `drop` or `predictions`."""
        items = self._table.query(pipeline, "drift#")
        return {item.record.removeprefix("drift#"): item.document for item in items}

    def put_drift(self, pipeline: str, window: str, document: dict[str, Any]) -> None:
        self._replace(pipeline, f"drift#{window}", lambda _: document)

    def forget_report(self, pipeline: str, request_id: str) -> ForgetRecord | None:
        """What became of a request to forget somebody; None if it is not known here yet."""
        item = self._table.get(pipeline, f"forget#{request_id}")
        return ForgetRecord.model_validate(item.document) if item else None

    def forget_reports(self, pipeline: str) -> list[ForgetRecord]:
        """What became of every request to forget somebody, by request."""
        items = self._table.query(pipeline, "forget#")
        return [ForgetRecord.model_validate(item.document) for item in items]

    def put_forget_report(self, pipeline: str, report: ForgetRecord) -> None:
        document = report.model_dump(mode="json")
        self._replace(pipeline, f"forget#{report.request_id}", lambda _: document)

    def update_forgetting(
        self, pipeline: str, request_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Apply `change` to how far forgetting got; it may run again."""
        return self._replace(pipeline, f"forgetting#{request_id}", change)

    def suppressed(self, pipeline: str) -> dict[str, frozenset[bytes]]:
        """The tokens of all who asked to be forgotten, by the column that names them.

        They are tokens under the key `tidemill.pseudonyms.SUPPRESSION`.
        """
        found: dict[str, set[bytes]] = {}
        for item in self._table.query(pipeline, "suppressed#"):
            token = bytes.fromhex(item.record.removeprefix("suppressed#"))
            for column in item.document["columns"]:
                found.setdefault(column, set()).add(token)
        return {column: frozenset(tokens) for column, tokens in found.items()}

    def update_suppression(
        self, pipeline: str, token: str, change: Callable[[SuppressionRecord], SuppressionRecord]
    ) -> SuppressionRecord:
        """Apply `change` to what is kept of a person to keep them out; it may run again."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(SuppressionRecord.model_validate(old)).model_dump(mode="json")

        return SuppressionRecord.model_validate(
            self._replace(pipeline, f"suppressed#{token}", changed)
        )

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


def _object(uri: str) -> str:
    return f"object#{sha256(uri.encode()).hexdigest()[:32]}"


def sequencer_order(sequencer: str) -> str:
    """What to compare S3 sequencers by: the shorter one padded with zeros on the right.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    return sequencer.upper().ljust(64, "0")
