"""A pipeline in one document: contract, champion, challenger, runs, signature, cost."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from tidemill.contract import Contract
from tidemill.errors import NoChampionError, UnknownPipelineError
from tidemill.records import ModelRecord
from tidemill.registry import Registry

NEWEST = 100
LAST_RUNS = 10


def describe(pipeline: str, registry: Registry) -> dict[str, Any]:
    """All that a client or a person wants first.

    A pipeline whose contract was never accepted has none to show, and says what was wrong with it;
    UnknownPipelineError if nothing is known of it at all.
    """
    refusal = registry.contract_refusal(pipeline)
    contract = _contract(pipeline, registry, known=refusal is not None)
    runs, models = registry.runs(pipeline), registry.models(pipeline)
    champion = _champion(pipeline, models, registry)
    newest = models[-1] if models else None
    challenger = newest if newest and newest != champion else None
    return {
        "pipeline": pipeline,
        "contract": contract.model_dump(mode="json") if contract else None,
        "contract_version": contract.version if contract else None,
        "contract_refusal": refusal,
        "waiting_for": _missing_sources(pipeline, contract, registry),
        "signature": _signature(contract),
        "champion": _model(champion),
        "challenger": _model(challenger),
        "metrics": champion.metrics if champion else None,
        "drift": registry.drift(pipeline),
        "runs": list_newest(runs[-LAST_RUNS:]),
        "cost_usd": round(sum(run.cost_usd or 0.0 for run in runs), 6),
    }


def list_newest(records: Sequence[BaseModel]) -> list[dict[str, Any]]:
    """At most a hundred records, the newest first."""
    return [record.model_dump(mode="json") for record in records[: -NEWEST - 1 : -1]]


def list_drops(pipeline: str, registry: Registry) -> list[dict[str, Any]]:
    """What landed, known to have a contract or not; UnknownPipelineError if nothing did."""
    drops = registry.drops(pipeline)
    if not drops:
        registry.contract(pipeline)
    return list_newest(drops)


def _contract(pipeline: str, registry: Registry, *, known: bool) -> Contract | None:
    try:
        return registry.contract(pipeline)
    except UnknownPipelineError:
        if known or registry.drops(pipeline):
            return None
        raise


def _missing_sources(
    pipeline: str, contract: Contract | None, registry: Registry
) -> list[str] | None:
    """The sources without an accepted drop: until they have one, there is nothing to train on."""
    if contract is None:
        return None
    present = {drop.source for drop in registry.live_drops(pipeline)}
    return [source for source in contract.sources if source not in present]


def _signature(contract: Contract | None) -> dict[str, str] | None:
    return {name: c.type for name, c in contract.feature_columns().items()} if contract else None


def _champion(
    pipeline: str, models: Sequence[ModelRecord], registry: Registry
) -> ModelRecord | None:
    try:
        version = registry.champion(pipeline).model_version
    except NoChampionError:
        return None
    return next(model for model in models if model.model_version == version)


def _model(model: ModelRecord | None) -> dict[str, Any] | None:
    return model.model_dump(mode="json") if model else None
