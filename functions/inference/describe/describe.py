"""A pipeline in one document: contract, champion, challenger, runs, signature, cost."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from inference.describe.cost import describe_cost
from tidemill.contract import Contract
from tidemill.errors import NoChampionError, UnknownDropError, UnknownPipelineError
from tidemill.incidents import open_ones
from tidemill.records import DropRecord, ModelRecord
from tidemill.registry import Registry

NEWEST = 100
LAST_RUNS = 10
DROP_ID = re.compile(r"[0-9a-f]{16}")


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
    releases = registry.releases(pipeline)
    return {
        "pipeline": pipeline,
        "contract": contract.model_dump(mode="json") if contract else None,
        "contract_version": contract.version if contract else None,
        "contract_refusal": refusal,
        "waiting_for": _missing_sources(pipeline, contract, registry),
        "signature": _signature(contract),
        "champion": _model(champion),
        "challenger": _model(challenger),
        "release": releases[-1].model_dump(mode="json") if releases else None,
        "metrics": champion.metrics if champion else None,
        "drift": registry.drift(pipeline),
        "retraining": list_newest(registry.retrainings(pipeline)[-LAST_RUNS:]),
        "runs": list_newest(runs[-LAST_RUNS:]),
        "cost_usd": round(sum(run.cost_usd or 0.0 for run in runs), 6),
        "cost": describe_cost(pipeline, contract, registry),
        "incidents": [each.model_dump() for each in open_ones(registry.incidents(pipeline))],
    }


def list_newest(records: Sequence[BaseModel]) -> list[dict[str, Any]]:
    """At most a hundred records, the newest first."""
    return [record.model_dump(mode="json") for record in records[: -NEWEST - 1 : -1]]


def list_drops(pipeline: str, registry: Registry) -> list[dict[str, Any]]:
    """What landed, known to have a contract or not; UnknownPipelineError if nothing did.

    `parts` is their number, `profile` the path of the page; names that a file gives its columns
    are left out, since a file without a header has a row of data there.
    """
    drops = registry.drops(pipeline)
    if not drops:
        registry.contract(pipeline)
    return [_drop(drop) for drop in drops[: -NEWEST - 1 : -1]]


def find_profile(pipeline: str, drop_id: str, registry: Registry) -> str:
    """Where the page of a drop's profile lies; UnknownDropError if there is no drop, or none."""
    drop = registry.drop(pipeline, drop_id) if DROP_ID.fullmatch(drop_id) else None
    if drop is None:
        raise UnknownDropError(f"pipeline {pipeline[:80]!r} has no drop {drop_id[:80]!r}")
    if drop.profile_page_uri is None:
        raise UnknownDropError(f"drop {drop_id!r} has no profile: it was {drop.state}")
    return drop.profile_page_uri


def _drop(drop: DropRecord) -> dict[str, Any]:
    document = drop.model_dump(mode="json", exclude={"parts": True, "layout": {"columns"}})
    path = f"/v1/pipelines/{drop.pipeline}/drops/{drop.drop_id}/profile"
    return document | {
        "parts": len(drop.parts),
        "profile": path if drop.profile_page_uri else None,
    }


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
