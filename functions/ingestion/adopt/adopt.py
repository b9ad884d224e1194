"""Put a dropped contract in force and call back the drops that it changes something for."""

import json

from ingestion.adopt.clients import require_compatible
from tidemill.contract import Contract, parse_contract
from tidemill.errors import ContractError
from tidemill.events import ContractAccepted, ContractRefused, EventBus
from tidemill.landing import LandedObject
from tidemill.queue import Queue
from tidemill.records import DropRecord
from tidemill.registry import Registry
from tidemill.store import Store, parse_uri

DELETED = "pipeline.yaml was deleted before it was read; drop it again"


def adopt(
    landed: LandedObject, *, registry: Registry, store: Store, bus: EventBus, landing: Queue
) -> None:
    """Accept or refuse the contract; a stale one, overtaken by a newer, is left alone.

    A `pipeline.yaml` deeper down is no contract: it goes on as the drop it is.
    """
    pipeline = landed.pipeline
    if landed.key != f"{pipeline}/pipeline.yaml":
        landing.send(json.dumps(landed.to_event()))
        return
    if not registry.is_newest(landed):
        return
    try:
        contract = parse_contract(store.read(landed.uri, landed.version_id), pipeline)
        require_compatible(contract, registry)
    except (ContractError, FileNotFoundError) as fault:
        problems = fault.problems if isinstance(fault, ContractError) else (DELETED,)
        registry.put_contract_refusal(pipeline, problems)
        bus.publish(ContractRefused(pipeline=pipeline, problems=problems))
        return
    registry.put_contract(contract)
    registry.put_contract_refusal(pipeline, ())
    bus.publish(ContractAccepted(pipeline=pipeline, contract_version=contract.version))
    waiting = (drop for drop in registry.drops(pipeline) if _waits_for(drop, contract))
    landing.send(*(json.dumps(_landed_again(drop).to_event()) for drop in waiting))


def _waits_for(drop: DropRecord, contract: Contract) -> bool:
    """Whether the contract may change the drop's state, or how its cells are read."""
    if drop.state == "accepted":
        return drop.source in contract.sources and drop.rules != contract.rules(drop.source)
    return drop.state == "quarantined" and drop.contract_version != contract.version


def _landed_again(drop: DropRecord) -> LandedObject:
    bucket, key = parse_uri(drop.uri)
    return LandedObject(
        bucket=bucket,
        key=key,
        version_id=drop.version_id,
        etag=drop.etag,
        sequencer=drop.sequencer,
        size=drop.size,
        landed_at=drop.landed_at,
    )
