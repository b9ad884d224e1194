"""Forget a person: keep them out from now on, take their rows out of every store, report."""

from dataclasses import dataclass
from functools import partial

from ingestion.forget.places import datasets, drops, places
from ingestion.forget.progress import Notebook
from ingestion.forget.report import remember, report
from ingestion.forget.settle import settle_datasets, settle_drops
from ingestion.forget.subject import Subject
from ingestion.forget.sweep import OutOfTime, Sweeper
from tidemill.errors import TidemillError
from tidemill.events import EventBus, ForgetRequested, SubjectForgotten
from tidemill.pseudonyms import SUPPRESSION, PseudonymKeys
from tidemill.records import ForgetRecord, SuppressionRecord, now
from tidemill.registry import Registry
from tidemill.store import Store


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What forgetting works with; `data` and `capture` are the URIs of the buckets."""

    registry: Registry
    store: Store
    bus: EventBus
    keys: PseudonymKeys
    data: str
    capture: str


def forget(event: ForgetRequested, tools: Tools, out_of_time: OutOfTime) -> ForgetRecord:
    """Do what is asked, or go on with it; the same request again changes nothing.

    The record is `running` where time ran out: the same request once more goes on from there. It
    is `refused`, with the reason, where nobody could be found under this contract.
    """
    registry = tools.registry
    record = registry.forget_report(event.pipeline, event.request_id) or ForgetRecord(
        request_id=event.request_id, state="running", requested_at=now()
    )
    if record.state == "running":
        record = _go_on(event, record, tools, out_of_time)
        registry.put_forget_report(event.pipeline, record)
    if record.state == "done":
        rows = sum(tally.rows for tally in record.removed.values())
        tools.bus.publish(
            SubjectForgotten(
                pipeline=event.pipeline,
                request_id=event.request_id,
                rows=rows,
                models=record.models,
            )
        )
    return record


def _go_on(
    event: ForgetRequested, record: ForgetRecord, tools: Tools, out_of_time: OutOfTime
) -> ForgetRecord:
    try:
        contract = tools.registry.contract(event.pipeline)
        subject = Subject.of_request(event, contract, tools.keys)
    except TidemillError as fault:
        return record.model_copy(
            update={"state": "refused", "finished_at": now(), "reason": str(fault)}
        )
    tools.registry.put_forget_report(event.pipeline, record)
    tools.registry.update_suppression(
        event.pipeline, event.tokens[SUPPRESSION], partial(_naming, column=subject.column)
    )
    notebook = Notebook(tools.registry, event.pipeline, event.request_id)
    sweeper = Sweeper(subject, tools.store, notebook, out_of_time)
    for place in places(event.pipeline, data=tools.data, capture=tools.capture):
        if not sweeper.clear(place):
            return record.model_copy(update={"removed": notebook.read().removed()})
    return _reported(event, record, tools, notebook)


def _naming(old: SuppressionRecord, column: str) -> SuppressionRecord:
    return old.model_copy(update={"columns": tuple(dict.fromkeys((*old.columns, column)))})


def _reported(
    event: ForgetRequested, record: ForgetRecord, tools: Tools, notebook: Notebook
) -> ForgetRecord:
    """Bring the records in line with what is stored now, and say what was done."""
    pipeline, registry, store = event.pipeline, tools.registry, tools.store
    progress = notebook.read()
    touched = settle_drops(drops(pipeline, tools.data), progress, registry, store)
    versions = settle_datasets(datasets(pipeline, tools.data), progress, registry, store)
    every = registry.drops(pipeline)
    known = registry.update_suppression(
        pipeline,
        event.tokens[SUPPRESSION],
        partial(remember, drops=every, touched=touched, datasets=versions),
    )
    return report(pipeline, record, progress, known, registry)
