"""Put a dropped contract in force and call back the drops that waited for it."""

import json

from tidemill.contract import parse_contract
from tidemill.errors import ContractError
from tidemill.events import ContractAccepted, ContractRefused, EventBus
from tidemill.landing import LandedObject
from tidemill.queue import Queue
from tidemill.records import DropRecord
from tidemill.registry import Registry, sequencer_order
from tidemill.store import Store, parse_uri


def adopt(
    landed: LandedObject, *, registry: Registry, store: Store, bus: EventBus, landing: Queue
) -> None:
    """Accept or refuse the contract; a stale one, overtaken by a newer, is left alone."""
    pipeline = landed.pipeline
    newest = registry.newest_sequencer(pipeline, landed.uri, landed.sequencer)
    if sequencer_order(newest) > sequencer_order(landed.sequencer):
        return
    try:
        contract = parse_contract(store.read(landed.uri, landed.version_id), pipeline)
    except ContractError as fault:
        registry.put_contract_refusal(pipeline, fault.problems)
        bus.publish(ContractRefused(pipeline=pipeline, problems=fault.problems))
        return
    registry.put_contract(contract)
    registry.put_contract_refusal(pipeline, ())
    bus.publish(ContractAccepted(pipeline=pipeline, contract_version=contract.version))
    for drop in registry.drops(pipeline):
        if drop.state == "quarantined" and drop.contract_version != contract.version:
            landing.send(json.dumps(_landed_again(drop).to_event()))


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
