"""One run per dataset version: named by it, refused when it is there already or not due."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from tidemill.contract import Retrain
from tidemill.errors import RegistryError
from tidemill.events import DatasetReady, EventBus, RetrainRequested, RunRefused
from tidemill.quantities import format_duration
from tidemill.records import DatasetRecord, RunRecord, RunRequest, now
from tidemill.registry import Registry
from tidemill.workflow import Workflow


def start(
    event: DatasetReady | RetrainRequested, *, registry: Registry, bus: EventBus, machine: Workflow
) -> None:
    """Start the run that the event asks for; asked twice, it runs once.

    One run of a pipeline at a time: a dataset version that is ready while one runs is announced
    again, if it is still the newest, when that run is recorded.

    The execution's name is the run's. Claiming the record first and starting second means that a
    crash between the two is mended by the next delivery, which starts what was only claimed.
    """
    pipeline = event.pipeline
    dataset = _dataset(event, registry)
    run = _name(event, dataset)
    known = registry.run(pipeline, run)
    if known is None and isinstance(event, DatasetReady):
        runs = registry.runs(pipeline)
        if any(other.state == "running" for other in runs):
            return
        if reason := _why_not_due(pipeline, dataset, runs, registry):
            refused = RunRecord(
                run=run,
                dataset_version=dataset.dataset_version,
                state="refused",
                started_at=now(),
                finished_at=now(),
                reason=reason,
            )
            bus.publish(RunRefused(pipeline=pipeline, run=run, reason=reason))
            registry.claim_run(pipeline, refused)
            return
    elif known is not None and known.state != "running":
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


def _name(event: DatasetReady | RetrainRequested, dataset: DatasetRecord) -> str:
    name = f"{event.pipeline}-{dataset.dataset_version}"
    if isinstance(event, DatasetReady):
        return name
    return f"{name}-{sha256(event.request_id.encode()).hexdigest()[:12]}"


def _why_not_due(
    pipeline: str, dataset: DatasetRecord, runs: list[RunRecord], registry: Registry
) -> str | None:
    """Why new data do not start a run now; the first run never has to wait."""
    ran = [run for run in runs if run.state in {"completed", "failed"}]
    if not ran:
        return None
    policy, last = registry.contract(pipeline).monitor.retrain, ran[-1]
    if "new_data" not in policy.on:
        return "monitor.retrain.on does not name new_data"
    trained = registry.dataset(pipeline, last.dataset_version)
    if trained is None or dataset.contract_version != trained.contract_version:
        return None
    fresh = sum(dataset.rows.values()) - sum(trained.rows.values())
    if fresh < policy.min_new_rows:
        return (
            f"{fresh} rows are new since run {last.run}; "
            f"monitor.retrain.min_new_rows asks for {policy.min_new_rows}"
        )
    return _cooling(policy, last)


def _cooling(policy: Retrain, last: RunRecord) -> str | None:
    since = datetime.now(UTC) - datetime.fromisoformat(last.finished_at or last.started_at)
    if since >= policy.cooldown:
        return None
    return (
        f"the last run ended {format_duration(timedelta(seconds=int(since.total_seconds())))} ago; "
        f"monitor.retrain.cooldown asks for {format_duration(policy.cooldown)}"
    )
