"""Bring one drop to its state: read, check, store what is good, record what happened."""

from dataclasses import replace
from tempfile import TemporaryDirectory

from ingestion.ingest.draft import DRAFT, leave_draft
from ingestion.ingest.reader import read_cells
from ingestion.ingest.sorter import Sorter
from tidemill.contract import NAME_RULE, Contract, Source, is_name
from tidemill.errors import (
    DropError,
    EmptyFileError,
    MissingColumnError,
    NoContractError,
    RejectedDropError,
    TooManyBadRowsError,
    UnknownSourceError,
)
from tidemill.events import DropRecorded, EventBus
from tidemill.landing import LandedObject
from tidemill.records import DropRecord, DropState, Rows, identify_drop, now
from tidemill.registry import Registry, sequencer_order
from tidemill.store import Store

FINAL = frozenset({"accepted", "duplicate", "rejected", "ignored"})
EXAMPLES = 5
NEWER = "a newer version of this object arrived first"


def ingest(
    landed: LandedObject, *, registry: Registry, store: Store, bus: EventBus, data: str
) -> DropRecord:
    """Record the drop's state and tell of it; the same event again changes nothing.

    `data` is the URI of the bucket for what comes out. A crash at any point leaves either no
    record, so that the next delivery does the work again, or a complete one.
    """
    drop_id = identify_drop(landed.bucket, landed.key, landed.version_id, landed.etag)
    drop = registry.drop(landed.pipeline, drop_id)
    contract = registry.contract_in_force(landed.pipeline)
    while drop is None or not _is_settled(drop, contract):
        drop = _bring_in(landed, drop_id, contract, registry=registry, store=store, data=data)
        registry.put_drop(drop)
        if contract is None and drop.state == "quarantined":
            leave_draft(landed, store)
        # One that came into force meanwhile could not call this drop back: it was not there yet.
        contract = registry.contract_in_force(landed.pipeline)
        if (contract and contract.version) == drop.contract_version:
            break
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


def _is_settled(drop: DropRecord, contract: Contract | None) -> bool:
    """Whether reading the drop again could not change its state."""
    if drop.state == "accepted" and contract and drop.source in contract.sources:
        return drop.rules == contract.rules(drop.source)
    return drop.state in FINAL


def _bring_in(  # noqa: PLR0913 - the drop, its rules, and where things are
    landed: LandedObject,
    drop_id: str,
    contract: Contract | None,
    *,
    registry: Registry,
    store: Store,
    data: str,
) -> DropRecord:
    blank = _record(landed, drop_id, contract)
    if reason := _why_ignored(landed, registry):
        return _ended(blank, "ignored", reason)
    try:
        source = _source(landed, contract, registry)
        drop = _sort(landed, blank, source, store=store, data=data)
    except FileNotFoundError:
        return _ended(blank, "ignored", "the object was deleted before it was read")
    except DropError as fault:
        state: DropState = "rejected" if isinstance(fault, RejectedDropError) else "quarantined"
        return _ended(blank, state, f"{type(fault).__name__}: {fault}")
    return _hold(drop, blank, registry) if drop.state == "accepted" else drop


def _hold(drop: DropRecord, blank: DropRecord, registry: Registry) -> DropRecord:
    """Make an acceptable drop what its object holds, once for each content."""
    owner = registry.claim_content(drop)
    if not registry.hold(drop, owner):
        return _ended(blank, "ignored", NEWER)
    if owner == drop.drop_id:
        return drop
    reason = f"the same content was accepted before, as drop {owner}"
    return _ended(blank, "duplicate", reason).model_copy(update={"content": drop.content})


def _why_ignored(landed: LandedObject, registry: Registry) -> str | None:
    if reason := _why_no_drop(landed):
        return reason
    newest = registry.newest_sequencer(landed.pipeline, landed.uri, landed.sequencer)
    if sequencer_order(newest) > sequencer_order(landed.sequencer):
        return NEWER
    return None


def _why_no_drop(landed: LandedObject) -> str | None:
    """What a key's form says against it."""
    if landed.key.endswith("/"):
        return "a folder marker holds no data"
    if landed.key == f"{landed.pipeline}/{DRAFT}":
        return "a draft of the contract: drop it as pipeline.yaml to adopt it"
    if landed.source is None:
        return "not under <pipeline>/<source>/<file>"
    if not is_name(landed.pipeline):
        return f"no pipeline can be called {landed.pipeline!r}: {NAME_RULE}"
    if landed.source.startswith("_"):
        return f"{landed.source!r} is reserved: names of sources start with a letter"
    return None


def _source(landed: LandedObject, contract: Contract | None, registry: Registry) -> Source:
    if contract is None:
        refusal = registry.contract_refusal(landed.pipeline)
        why = f"its contract was refused ({'; '.join(refusal['problems'])})" if refusal else None
        raise NoContractError(
            f"pipeline {landed.pipeline!r} has no contract{', ' if why else ''}{why or ''}; drop "
            f"{'a better' if why else 'its'} {landed.pipeline}/pipeline.yaml and this file is read"
            f" again; {landed.pipeline}/{DRAFT} is a draft of one"
        )
    if landed.source not in contract.sources:
        known = ", ".join(contract.sources)
        raise UnknownSourceError(f"the contract has no source {landed.source!r}; it has {known}")
    return contract.readable(landed.source)


def _sort(
    landed: LandedObject, blank: DropRecord, source: Source, *, store: Store, data: str
) -> DropRecord:
    with TemporaryDirectory() as folder, store.open(landed.uri, landed.version_id) as body:
        cells = read_cells(body, landed.key, source)
        missing = [name for name in source.columns if name not in cells.columns]
        if missing:
            raise MissingColumnError(_missing_columns(missing, cells.columns))
        sorter = Sorter(source, folder)
        for batch in cells:
            sorter.add(batch)
        # A whole row may hold what privacy drops, or what nobody declared.
        clear = set(cells.columns) <= set(source.columns)
        for fault in cells.ragged:
            sorter.refuse(fault if clear else replace(fault, raw=""))
        sorter.close()
        base = f"{data}/drops/{blank.pipeline}/{blank.source}/{blank.drop_id}"
        state, reasons = _state(sorter.rows, source, sorter.examples())
        uris = sorter.publish(store, base, accepted=state == "accepted")
        found = {"rows": sorter.rows, "content": cells.content, **uris}
        return _ended(blank, state, *reasons).model_copy(update=found)


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


def _record(landed: LandedObject, drop_id: str, contract: Contract | None) -> DropRecord:
    known = contract is not None and landed.source in contract.sources
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
        state="ignored",
        contract_version=contract.version if contract else None,
        rules=contract.rules(landed.source or "") if contract and known else None,
    )


def _ended(blank: DropRecord, state: DropState, *reasons: str) -> DropRecord:
    return blank.model_copy(update={"state": state, "reasons": reasons})
