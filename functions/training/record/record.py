"""How a run ended: its bill, its model, or its failure."""

import json
from typing import Any, Literal

from tidemill import pricing
from tidemill.events import EventBus, ModelRegistered, RunRefused
from tidemill.records import ModelRecord, Record, RunRecord, RunState, Verdict, now
from tidemill.registry import Registry


class JobUse(Record):
    """What SageMaker says a job used."""

    name: str
    instance: str
    spot: bool
    training_seconds: int = 0
    billable_seconds: int = 0


class Model(Record):
    """The package and its parts."""

    package_arn: str
    artifact_uri: str
    artifact_sha256: str
    report_uri: str
    metrics: dict[str, Any]
    verdict: Verdict


class Failure(Record):
    """What a workflow's Catch hands on."""

    error: str
    cause: str = ""


class Ending(Record):
    """The end of a run as the workflow saw it; `jobs` holds every attempt."""

    pipeline: str
    dataset_version: str
    run: str
    outcome: Literal["completed", "failed", "refused"]
    jobs: tuple[JobUse, ...] = ()
    model: Model | None = None
    failure: Failure | None = None


class Recorded(Record):
    record: RunRecord
    month_to_date_usd: float


def record(ending: Ending, *, registry: Registry, bus: EventBus) -> Recorded:
    """Record the run, its bill over every attempt, and its model; telling it twice is harmless."""
    changes: dict[str, Any] = {"state": _state(ending), "finished_at": now()}
    changes |= _bill(ending.jobs)
    if ending.failure:
        changes["reason"] = _sentence(ending.failure)
    version = None
    if ending.model:
        version = int(ending.model.package_arn.rsplit("/", 1)[-1])
        verdict = ending.model.verdict.model_dump(mode="json")
        changes |= {"model_version": version, "verdict": verdict}
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
    return Recorded(record=run, month_to_date_usd=_month_to_date(ending.pipeline, registry))


def _state(ending: Ending) -> RunState:
    return ending.outcome


def _bill(jobs: tuple[JobUse, ...]) -> dict[str, Any]:
    if not jobs:
        return {}
    bills = [pricing.bill(j.instance, j.training_seconds, j.billable_seconds) for j in jobs]
    training = sum(job.training_seconds for job in jobs)
    billable = sum(job.billable_seconds for job in jobs)
    return {
        "training_job": jobs[-1].name,
        "spot": jobs[-1].spot,
        "training_seconds": training,
        "billable_seconds": billable,
        "cost_usd": round(sum(bill.usd for bill in bills), 6),
        "spot_savings_percent": round((1 - billable / training) * 100, 1) if training else 0.0,
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


def _month_to_date(pipeline: str, registry: Registry) -> float:
    month = now()[:7]
    runs = [run for run in registry.runs(pipeline) if run.started_at.startswith(month)]
    return round(sum(run.cost_usd or 0.0 for run in runs), 6)
