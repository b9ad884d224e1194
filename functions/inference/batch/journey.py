"""A batch file's way to its result in three steps that can each be repeated: plan, score, settle.

Whoever takes the steps, one function for a small file or many workers for a large one, the result
is the same. Every file ends in one state: completed, refused by name, or failed.
"""

import time
from collections.abc import Sequence

from inference.batch import asked
from inference.batch.assemble import assemble
from inference.batch.plan import BatchPlan
from inference.batch.tools import Tools
from tidemill.batches import BatchRecord, Progress, Scored
from tidemill.clock import now
from tidemill.contract import is_name
from tidemill.errors import (
    DropError,
    EmptyFileError,
    NoChampionError,
    RefusedBatchError,
    UnknownPipelineError,
)
from tidemill.landing import LandedObject
from tidemill_tabular.reading.layout import name_layout
from tidemill_tabular.reading.ranges import cut_file

REFUSALS = (DropError, RefusedBatchError, NoChampionError, UnknownPipelineError, FileNotFoundError)
ENDED = frozenset({"completed", "refused"})
DELETED = "the object was deleted before it was read"
NEWER = "a newer version of this object landed before it was scored"


def begin(landed: LandedObject, tools: Tools, execution: str | None = None) -> BatchRecord:
    """Record that the file is being scored, by an execution of the workflow or here.

    What has ended stays as it is; what failed begins anew.
    """
    batch_id = landed.identity

    def begun(known: BatchRecord | None) -> BatchRecord:
        if known and known.state != "failed":
            return known if known.state in ENDED else _taken(known, execution)
        return BatchRecord(
            batch_id=batch_id,
            pipeline=landed.pipeline,
            uri=landed.uri,
            version_id=landed.version_id,
            size=landed.size,
            landed_at=landed.landed_at,
            started_at=now(),
            state="running",
            execution=execution,
        )

    return tools.registry.update_batch(landed.pipeline, batch_id, begun)


def plan_batch(landed: LandedObject, tools: Tools) -> BatchPlan:
    """Find out how the file is written, which model scores it, and which ranges it has.

    One of REFUSALS where it cannot be scored. The model is in the record from now on.
    """
    require_newest(landed, tools)
    if not is_name(landed.pipeline):
        raise UnknownPipelineError(f"no pipeline can be called {landed.pipeline[:80]!r}")
    contract = tools.registry.contract(landed.pipeline)
    model = _pinned(landed, tools)
    signature = tools.model(model).signature
    source = asked.source_of(contract, signature)
    metadata = tools.store.metadata(landed.uri, landed.version_id)
    asked.require_size(landed, name_layout(landed.key), tools.limits)
    file = cut_file(landed, source, tools.store, tools.limits.part)
    asked.require_size(landed, file.layout, tools.limits)
    file = file.model_copy(update={"layout": asked.bind(file.layout, contract)})
    identifier = asked.identifier_of(file.layout, metadata, contract)
    asked.require_features(file.layout, contract, source, identifier)
    output = asked.output_of(file.layout, metadata)
    batch_id = landed.identity
    version = model.rpartition("/")[2]
    plan = BatchPlan(
        **dict(file),
        batch_id=batch_id,
        model=model,
        columns=source.columns,
        identifier=identifier,
        output=output,
        work=f"{tools.data}/work/_batch/{landed.pipeline}/{batch_id}/{version}-{contract.version}",
        result_uri=f"{tools.results}/{landed.pipeline}/{asked.result_name(landed.file, output)}",
    )
    _update(plan, tools, contract_version=contract.version, parts=Progress(of=len(plan.ranges)))
    return plan


def settle(plan: BatchPlan, parts: Sequence[Scored], tools: Tools) -> BatchRecord:
    """Write the result and record the file as completed; one of REFUSALS where it is not wanted."""
    begun = time.perf_counter()
    rows = sum(parts, Scored())
    if not rows.read:
        raise EmptyFileError("the file has no rows")
    require_newest(plan.landed, tools)
    assemble(plan, parts, tools.store)
    spent = rows.gb_seconds + tools.meter.gb_seconds(time.perf_counter() - begun)
    return _update(
        plan,
        tools,
        state="completed",
        finished_at=now(),
        rows=rows.model_copy(update={"gb_seconds": round(spent, 3)}),
        parts=Progress(done=len(parts), of=len(parts)),
        result_uri=plan.result_uri,
        cost_usd=tools.meter.usd(spent),
    )


def refuse(landed: LandedObject, fault: Exception, tools: Tools) -> BatchRecord:
    """Record the file as refused, for what one of REFUSALS says."""
    said = DELETED if isinstance(fault, FileNotFoundError) else f"{type(fault).__name__}: {fault}"
    return _end(landed, "refused", said, tools)


def give_up(landed: LandedObject, reason: str, tools: Tools) -> BatchRecord:
    """Record the file as failed, unless it has ended."""
    return _end(landed, "failed", reason, tools)


def abandon(landed: LandedObject, execution: str, reason: str, tools: Tools) -> BatchRecord | None:
    """Record the file as failed where that execution of the workflow was still at it; else None."""
    known = tools.registry.batch(landed.pipeline, landed.identity)
    if known is None or (known.state, known.execution) != ("running", execution):
        return None
    return give_up(landed, reason, tools)


def require_newest(landed: LandedObject, tools: Tools) -> None:
    """RefusedBatchError where the object was overwritten: then the newer one's result counts."""
    if not tools.registry.is_newest(landed):
        raise RefusedBatchError(NEWER)


def _pinned(landed: LandedObject, tools: Tools) -> str:
    """The model that scores all rows: the champion when the file was met first."""
    champion = tools.registry.champion(landed.pipeline).model_version

    def pinned(known: BatchRecord | None) -> BatchRecord:
        if known is None:
            raise RuntimeError(f"{landed.uri} was not begun")
        return known.model_copy(update={"model": known.model or f"{landed.pipeline}/{champion}"})

    return str(tools.registry.update_batch(landed.pipeline, landed.identity, pinned).model)


def _update(plan: BatchPlan, tools: Tools, **changes: object) -> BatchRecord:
    def changed(known: BatchRecord | None) -> BatchRecord:
        if known is None:
            raise RuntimeError(f"{plan.landed.uri} was not begun")
        return known if known.state in ENDED else known.model_copy(update=changes)

    return tools.registry.update_batch(plan.pipeline, plan.batch_id, changed)


def _end(landed: LandedObject, state: str, reason: str, tools: Tools) -> BatchRecord:
    blank = begin(landed, tools)

    def ended(known: BatchRecord | None) -> BatchRecord:
        if known is None or known.state in ENDED:
            return known or blank
        changes = {"state": state, "reasons": (reason,), "finished_at": now()}
        return known.model_copy(update=changes)

    return tools.registry.update_batch(landed.pipeline, landed.identity, ended)


def _taken(known: BatchRecord, execution: str | None) -> BatchRecord:
    return known.model_copy(update={"execution": execution or known.execution})
