"""What a training job will be: its inputs, its limits, and that it can be afforded."""

from tidemill.contract import Contract
from tidemill.errors import (
    BudgetExceededError,
    NoChampionError,
    RegistryError,
)
from tidemill.events import BudgetExceeded, EventBus
from tidemill.pricing import Estimate
from tidemill.profile import Profile
from tidemill.records import DatasetRecord, Record, RunRequest
from tidemill.registry import Registry
from tidemill.store import Store
from training.plan import budget
from training.plan.data import check_data
from training.plan.memory import VOLUME_GB, sample, volume_gb

UPLOAD_SECONDS = 120


class Channel(Record):
    name: str
    uri: str


class Job(Record):
    """What the workflow needs to create the training job and register its model."""

    group: str
    instance: str
    instances: int = 1
    volume_gb: int = VOLUME_GB
    spot: bool
    max_runtime_seconds: int
    max_wait_seconds: int
    channels: tuple[Channel, ...]
    hyperparameters: dict[str, str]
    checkpoints_uri: str
    output_uri: str
    estimate_usd: float
    automatic: bool


def plan(  # noqa: PLR0913 - the request, and what it is checked against
    request: RunRequest,
    *,
    registry: Registry,
    store: Store,
    bus: EventBus,
    models: str,
    stage: str,
    region: str,
) -> Job:
    """Plan the run, or refuse it before it costs anything.

    Raises a TrainingError that says why: the data cannot give a model, do not fit the instance, or
    cost too much, with the arithmetic.
    """
    dataset = registry.dataset(request.pipeline, request.dataset_version)
    if dataset is None:
        raise RegistryError(f"there is no dataset version {request.dataset_version}")
    contract = registry.contract(request.pipeline)
    check_data(contract, dataset, Profile.model_validate_json(store.read(dataset.profile_uri)))
    estimate = budget.estimate(contract, dataset, registry, region)
    registry.update_run(
        request.pipeline,
        request.run,
        estimate_usd=round(estimate.usd, 6),
        likely_usd=round(estimate.likely_usd, 6),
        instances=contract.training.instances,
        trials=contract.training.trials,
    )
    _require_budget(contract, estimate, request.run, registry, bus)
    return _job(request, contract, dataset, estimate, registry=registry, models=models, stage=stage)


def _require_budget(
    contract: Contract, estimate: Estimate, run: str, registry: Registry, bus: EventBus
) -> None:
    try:
        budget.require_budget(contract, estimate, run, registry)
    except BudgetExceededError:
        bus.publish(
            BudgetExceeded(
                pipeline=contract.pipeline,
                run=run,
                estimate_usd=estimate.usd,
                allowed_usd=budget.allowed_usd(contract, run, registry),
            )
        )
        raise


def _job(  # noqa: PLR0913 - all that was found out above
    request: RunRequest,
    contract: Contract,
    dataset: DatasetRecord,
    estimate: Estimate,
    *,
    registry: Registry,
    models: str,
    stage: str,
) -> Job:
    limits = contract.training
    channels = [Channel(name=name, uri=uri) for name, uri in dataset.channels.items()]
    channels.append(Channel(name="contract", uri=dataset.contract_uri))
    try:
        champion = registry.champion(request.pipeline).model_version
        artifact = registry.model(request.pipeline, champion).artifact_uri
        channels.append(Channel(name="champion", uri=artifact))
    except NoChampionError:
        pass
    runtime = int(limits.max_runtime.total_seconds())
    return Job(
        group=f"tidemill-{stage}-{request.pipeline}",
        instance=limits.instance,
        instances=limits.instances,
        volume_gb=volume_gb(contract, dataset),
        spot=limits.spot,
        max_runtime_seconds=runtime,
        max_wait_seconds=int(limits.max_wait.total_seconds()),
        channels=tuple(channels),
        hyperparameters=_hyperparameters(request, contract, dataset, runtime),
        checkpoints_uri=f"{models}/jobs/{request.pipeline}/{request.run}/checkpoints/",
        output_uri=f"{models}/jobs/{request.pipeline}/{request.run}/output/",
        estimate_usd=estimate.usd,
        automatic=contract.release.approval == "automatic",
    )


def _hyperparameters(
    request: RunRequest, contract: Contract, dataset: DatasetRecord, runtime: int
) -> dict[str, str]:
    """All text, as SageMaker wants them; `max_seconds` leaves time to upload the model."""
    return {
        "pipeline": request.pipeline,
        "dataset_version": request.dataset_version,
        "task": contract.problem,
        "metric": contract.objective,
        "trials": str(contract.training.trials),
        "seed": str(contract.training.seed),
        "max_seconds": str(max(60, runtime - UPLOAD_SECONDS)),
        **sample(contract, dataset),
    }
