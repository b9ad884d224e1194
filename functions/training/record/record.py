"""How a run ended: its bill, its model, or its failure."""

import json
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from tidemill import pricing
from tidemill.events import DatasetReady, EventBus, ModelRegistered, RunRefused
from tidemill.pricing import Hosts
from tidemill.records import Agreement, ModelRecord, Record, RunRecord, RunRequest, Verdict, now
from tidemill.registry import Registry


class JobUse(Record):
    """What SageMaker says a job used."""

    name: str
    instance: str
    instances: int = 1
    spot: bool
    training_seconds: int = 0
    billable_seconds: int = 0


class Model(Record):
    """The package and its parts.

    `improvement` is how much its loss on the test rows is below the champion's, or the baseline's
    for want of one; `delivered` says whether time cut the search short.
    """

    package_arn: str
    artifact_uri: str
    artifact_sha256: str
    artifact_mac: str = ""
    report_uri: str
    metrics: dict[str, Any]
    agreement: Agreement | None = None
    verdict: Verdict
    lineage: dict[str, str] = Field(default={})
    delivered: str = "complete"
    improvement: float | None = None


class Failure(Record):
    """What a workflow's Catch hands on."""

    error: str
    cause: str = ""


class Ending(RunRequest):
    """The end of a run as the workflow saw it; `jobs` holds every attempt."""

    outcome: Literal["completed", "failed", "refused"]
    jobs: tuple[JobUse, ...] = ()
    model: Model | None = None
    failure: Failure | None = None


class Execution(Record):
    """How Step Functions says that an execution ended."""

    request: RunRequest
    status: str
    cause: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read a `Step Functions Execution Status Change`."""
        detail = event["detail"]
        request = RunRequest.model_validate_json(detail["input"])
        return cls(request=request, status=detail["status"], cause=detail.get("cause"))


def record(ending: Ending, *, registry: Registry, bus: EventBus, region: str) -> RunRecord:
    """Record the run, its bill over every attempt, and its model; telling it twice is harmless."""
    changes: dict[str, Any] = {"state": ending.outcome, "finished_at": now()}
    changes |= _bill(ending.jobs, region)
    if ending.failure:
        changes["reason"] = _sentence(ending.failure)
    version = None
    if ending.model:
        version = int(ending.model.package_arn.rsplit("/", 1)[-1])
        verdict = ending.model.verdict.model_dump(mode="json")
        changes |= {"model_version": version, "verdict": verdict}
        changes["delivered"] = ending.model.delivered
        changes["cost_per_metric_point"] = _per_point(changes.get("cost_usd"), ending.model)
        registry.put_model(ending.pipeline, _model(ending, ending.model, version, registry))
    run = registry.update_run(ending.pipeline, ending.run, **changes)
    if version is not None and ending.model:
        passed = ending.model.verdict.passed
        bus.publish(
            ModelRegistered(
                pipeline=ending.pipeline, model_version=version, run=ending.run, passed=passed
            )
        )
    elif run.state == "refused":
        bus.publish(RunRefused(pipeline=ending.pipeline, run=ending.run, reason=run.reason))
    _announce_waiting(ending, registry, bus)
    return run


def settle(
    execution: Execution, *, registry: Registry, bus: EventBus, region: str
) -> RunRecord | None:
    """Record a run whose workflow ended without doing so: aborted, timed out, or broken."""
    run = registry.run(execution.request.pipeline, execution.request.run)
    if run is None or run.state != "running":
        return None
    failure = Failure(error=f"Execution{execution.status}", cause=execution.cause or "unsaid")
    ending = Ending(**execution.request.model_dump(), outcome="failed", failure=failure)
    return record(ending, registry=registry, bus=bus, region=region)


def _announce_waiting(ending: Ending, registry: Registry, bus: EventBus) -> None:
    """Tell again of a dataset version that became ready while this run kept it waiting."""
    newest = next(reversed(registry.datasets(ending.pipeline)), None)
    if newest is None or newest.dataset_version == ending.dataset_version:
        return
    if all(run.dataset_version != newest.dataset_version for run in registry.runs(ending.pipeline)):
        bus.publish(DatasetReady(pipeline=ending.pipeline, dataset_version=newest.dataset_version))


def _per_point(cost_usd: float | None, model: Model) -> float | None:
    """USD for every unit of the metric that was gained; None where nothing was."""
    if cost_usd is None or model.improvement is None or model.improvement <= 0:
        return None
    return round(cost_usd / model.improvement, 6)


def _bill(jobs: tuple[JobUse, ...], region: str) -> dict[str, Any]:
    if not jobs:
        return {}
    bills = [
        pricing.bill(Hosts(job.instance, job.instances, region), job.billable_seconds)
        for job in jobs
    ]
    training = sum(job.training_seconds for job in jobs)
    billable = sum(job.billable_seconds for job in jobs)
    return {
        "training_job": jobs[-1].name,
        "spot": jobs[-1].spot,
        "training_seconds": training,
        "billable_seconds": billable,
        "cost_usd": round(sum(bills), 6),
        "spot_savings_percent": pricing.savings_percent(training, billable),
    }


def _model(ending: Ending, model: Model, version: int, registry: Registry) -> ModelRecord:
    dataset = registry.dataset(ending.pipeline, ending.dataset_version)
    assert dataset is not None  # noqa: S101 - the run was planned on it
    return ModelRecord(
        model_version=version,
        run=ending.run,
        dataset_version=ending.dataset_version,
        contract_version=dataset.contract_version,
        profile_uri=dataset.profile_uri,
        created_at=now(),
        **model.model_dump(),
    )


def _sentence(failure: Failure) -> str:
    """`Name: message`, from the JSON that a failed Lambda leaves or from the text as it is."""
    try:
        cause = json.loads(failure.cause)
        message = cause.get("errorMessage") or cause.get("FailureReason") or failure.cause
    except (ValueError, AttributeError):
        message = failure.cause
    return message if message.startswith(failure.error) else f"{failure.error}: {message}"
