"""One run per dataset version: named by it, refused when it is there already or not due."""

from datetime import UTC, datetime

from tidemill.errors import RegistryError
from tidemill.events import (
    DatasetReady,
    Event,
    EventBus,
    RetrainingHalted,
    RetrainRequested,
    RunRefused,
)
from tidemill.records import DatasetRecord, RunRecord, RunRequest, now
from tidemill.registry import Registry
from tidemill.retraining import History, Refusal, hold_back, run_name
from tidemill.workflow import Workflow


def start(
    event: DatasetReady | RetrainRequested, *, registry: Registry, bus: EventBus, machine: Workflow
) -> None:
    """Start the run that the event asks for; asked twice, it runs once.

    One run of a pipeline at a time: a dataset version that is ready while one runs is announced
    again, if it is still the newest, when that run is recorded; a request is refused.

    The execution's name is the run's. Claiming the record first and starting second means that a
    crash between the two is mended by the next delivery, which starts what was only claimed.
    """
    pipeline = event.pipeline
    dataset = _dataset(event, registry)
    asked_by = event.request_id if isinstance(event, RetrainRequested) else ""
    run = run_name(pipeline, dataset.dataset_version, asked_by)
    known = registry.run(pipeline, run)
    if known is not None and known.state != "running":
        return
    if known is None:
        history = _history(dataset, pipeline, registry)
        if history.running and isinstance(event, DatasetReady):
            return
        if refusal := _refusal(event, history):
            _refuse(pipeline, run, refusal, dataset, registry=registry, bus=bus)
            return
    registry.claim_run(
        pipeline,
        RunRecord(
            run=run,
            dataset_version=dataset.dataset_version,
            state="running",
            started_at=now(),
            reason=event.reason if isinstance(event, RetrainRequested) else "new data",
        ),
    )
    request = RunRequest(pipeline=pipeline, dataset_version=dataset.dataset_version, run=run)
    machine.start(run, request.model_dump())


def _dataset(event: DatasetReady | RetrainRequested, registry: Registry) -> DatasetRecord:
    if isinstance(event, DatasetReady):
        dataset = registry.dataset(event.pipeline, event.dataset_version)
    else:
        dataset = next(reversed(registry.datasets(event.pipeline)), None)
    if dataset is None:
        raise RegistryError(f"pipeline {event.pipeline!r} has no frozen dataset version yet")
    return dataset


def _history(dataset: DatasetRecord, pipeline: str, registry: Registry) -> History:
    return History(
        policy=registry.contract(pipeline).monitor.retrain,
        runs=registry.runs(pipeline),
        datasets=registry.datasets(pipeline),
        dataset=dataset,
        moment=datetime.now(UTC),
    )


def _refusal(event: DatasetReady | RetrainRequested, history: History) -> Refusal | None:
    """Why the event starts nothing; whoever asks waits for nothing but the run that goes on."""
    if isinstance(event, DatasetReady):
        return hold_back("new_data", history)
    if history.running:
        return Refusal(f"run {history.running.run} goes on; ask again when it has ended")
    return None


def _refuse(  # noqa: PLR0913 - what is refused, and where that is said
    pipeline: str,
    run: str,
    refusal: Refusal,
    dataset: DatasetRecord,
    *,
    registry: Registry,
    bus: EventBus,
) -> None:
    refused = RunRecord(
        run=run,
        dataset_version=dataset.dataset_version,
        state="refused",
        started_at=now(),
        finished_at=now(),
        reason=refusal.reason,
    )
    told: Event = RunRefused(pipeline=pipeline, run=run, reason=refusal.reason)
    if refusal.fruitless:
        told = RetrainingHalted(pipeline=pipeline, runs=refusal.fruitless, reason=refusal.reason)
    bus.publish(told)
    registry.claim_run(pipeline, refused)
