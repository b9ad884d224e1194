"""Bring one drop to its state: read, check, store what is good, record what happened."""

from dataclasses import replace
from tempfile import TemporaryDirectory

from ingestion.ingest.reader import read_cells
from ingestion.ingest.sorter import Sorter
from tidemill.contract import Contract, Source
from tidemill.errors import (
    DropError,
    EmptyFileError,
    MissingColumnError,
    NoContractError,
    RejectedDropError,
    TooManyBadRowsError,
    UnknownPipelineError,
    UnknownSourceError,
)
from tidemill.events import DropRecorded, EventBus
from tidemill.landing import LandedObject
from tidemill.records import DropRecord, DropState, Rows, identify_drop, now
from tidemill.registry import Registry, sequencer_order
from tidemill.store import Store

FINAL = frozenset({"accepted", "duplicate", "rejected", "ignored"})
EXAMPLES = 5


def ingest(
    landed: LandedObject, *, registry: Registry, store: Store, bus: EventBus, data: str
) -> DropRecord:
    """Record the drop's state and tell of it; the same event again changes nothing.

    `data` is the URI of the bucket for what comes out. A crash at any point leaves either no
    record, so that the next delivery does the work again, or a complete one.
    """
    drop_id = identify_drop(landed.bucket, landed.key, landed.version_id, landed.etag)
    drop = registry.drop(landed.pipeline, drop_id)
    if drop is None or drop.state not in FINAL:
        drop = _bring_in(landed, drop_id, registry=registry, store=store, data=data)
        if drop.state == "accepted":
            registry.accept_drop(drop)
        else:
            registry.put_drop(drop)
    bus.publish(
        DropRecorded(
            pipeline=drop.pipeline,
            drop_id=drop.drop_id,
            source=drop.source,
            state=drop.state,
            reasons=drop.reasons,
            rows=drop.rows.accepted,
        )
    )
    return drop


def _bring_in(
    landed: LandedObject, drop_id: str, *, registry: Registry, store: Store, data: str
) -> DropRecord:
    if reason := _why_ignored(landed, registry):
        return _record(landed, drop_id, "ignored", (reason,))
    try:
        contract = _contract(landed, registry)
        source = _source(landed, contract)
        drop = _sort(landed, drop_id, contract, source, store=store, data=data)
    except DropError as fault:
        state: DropState = "rejected" if isinstance(fault, RejectedDropError) else "quarantined"
        return _record(landed, drop_id, state, (f"{type(fault).__name__}: {fault}",))
    if drop.state != "accepted":
        return drop
    owner = registry.claim_content(drop)
    if owner == drop_id:
        return drop
    reason = f"the same content was accepted before, as drop {owner}"
    return drop.model_copy(update={"state": "duplicate", "reasons": (reason,), "rows": Rows()})


def _why_ignored(landed: LandedObject, registry: Registry) -> str | None:
    if landed.key.endswith("/"):
        return "a folder marker holds no data"
    if landed.source is None:
        return "not under <pipeline>/<source>/<file>"
    if landed.source.startswith("_"):
        return f"{landed.source!r} is reserved: names of sources start with a letter"
    newest = registry.newest_sequencer(landed.pipeline, landed.uri, landed.sequencer)
    if sequencer_order(newest) > sequencer_order(landed.sequencer):
        return "a newer version of this object arrived first"
    return None


def _contract(landed: LandedObject, registry: Registry) -> Contract:
    try:
        return registry.contract(landed.pipeline)
    except UnknownPipelineError:
        raise NoContractError(
            f"pipeline {landed.pipeline!r} has no contract; drop {landed.pipeline}/pipeline.yaml"
            " and this file is read again"
        ) from None


def _source(landed: LandedObject, contract: Contract) -> Source:
    try:
        source = contract.sources[landed.source or ""]
    except KeyError:
        known = ", ".join(contract.sources)
        raise UnknownSourceError(
            f"the contract has no source {landed.source!r}; it has {known}"
        ) from None
    kept = {n: c for n, c in source.columns.items() if n not in contract.privacy.drop}
    return source.model_copy(update={"columns": kept})


def _sort(  # noqa: PLR0913 - the drop, its rules, and where things are
    landed: LandedObject,
    drop_id: str,
    contract: Contract,
    source: Source,
    *,
    store: Store,
    data: str,
) -> DropRecord:
    with TemporaryDirectory() as folder, store.open(landed.uri, landed.version_id) as body:
        cells = read_cells(body, landed.key, source)
        missing = [name for name in source.columns if name not in cells.columns]
        if missing:
            raise MissingColumnError(_missing_columns(missing, cells.columns))
        sorter = Sorter(source, folder)
        for batch in cells:
            sorter.add(batch)
        for fault in cells.ragged:
            sorter.refuse(replace(fault, raw="") if contract.privacy.drop else fault)
        sorter.close()
        base = f"{data}/drops/{landed.pipeline}/{landed.source}/{drop_id}"
        state, reasons = _state(sorter.rows, source, sorter.examples())
        uris = sorter.publish(store, base, accepted=state == "accepted")
        return _record(landed, drop_id, state, reasons).model_copy(
            update={
                "rows": sorter.rows,
                "content": cells.content,
                "contract_version": contract.version,
                **uris,
            }
        )


def _state(rows: Rows, source: Source, examples: list[str]) -> tuple[DropState, tuple[str, ...]]:
    if not rows.read:
        raise EmptyFileError("the file has a header and no rows")
    share = rows.quarantined / rows.read
    allowed = source.tolerate.bad_rows
    if share > allowed:
        total = (
            f"{TooManyBadRowsError.__name__}: {rows.quarantined} of {rows.read} rows"
            f" ({share:.1%}) break the contract, which tolerates {allowed:.1%}"
        )
        return "quarantined", (total, *examples[:EXAMPLES])
    return "accepted", tuple(examples[:EXAMPLES])


def _missing_columns(missing: list[str], found: list[str]) -> str:
    wanted = ", ".join(missing)
    return f"{wanted}: in the contract, not in the file, whose columns are {', '.join(found)}"


def _record(
    landed: LandedObject, drop_id: str, state: DropState, reasons: tuple[str, ...]
) -> DropRecord:
    return DropRecord(
        drop_id=drop_id,
        pipeline=landed.pipeline,
        source=landed.source or "",
        uri=landed.uri,
        version_id=landed.version_id,
        etag=landed.etag,
        sequencer=landed.sequencer,
        size=landed.size,
        landed_at=landed.landed_at,
        recorded_at=now(),
        state=state,
        reasons=reasons,
    )
