"""Bring one drop to its state, here and now or by the workflow where it is large."""

from collections.abc import Callable
from hashlib import sha256

from ingestion.ingest.draft.draft import leave_draft
from ingestion.ingest.journey import is_overtaken, plan_drop, settle, sort_range
from ingestion.ingest.tools import Tools
from ingestion.ingest.triage import (
    blank_record,
    drafted,
    ended,
    find_contract,
    is_settled,
    why_ignored,
)
from tidemill.contract import Contract
from tidemill.errors import DropError, RejectedDropError
from tidemill.events import DropRecorded
from tidemill.landing import LandedObject
from tidemill.records import DropRecord, DropState
from tidemill_tabular.reading.layout import name_layout

DELETED = "the object was deleted before it was read"


def ingest(landed: LandedObject, tools: Tools) -> DropRecord | None:
    """Record the drop's state and tell of it, or hand it to the workflow: None.

    The same event again changes nothing. A file to be scored is no drop, nor is one of
    outcomes: None.
    """
    if landed.is_batch or landed.is_outcomes:
        return None
    drop_id = landed.identity
    drop = tools.registry.drop(landed.pipeline, drop_id)
    contract = tools.registry.contract_in_force(landed.pipeline)
    while drop is None or not is_settled(drop, contract):
        if contract and is_large(landed, tools) and not why_ignored(landed, tools.registry):
            hand_over(landed, contract, drop, tools)
            return None
        drop = read_whole(landed, contract, tools)
        drop = record(drop, landed, contract, tools)
        # One that came into force meanwhile could not call this drop back: it was not there yet.
        contract = tools.registry.contract_in_force(landed.pipeline)
        if (contract and contract.version) == drop.contract_version:
            break
    tell(drop, tools)
    return drop


def is_large(landed: LandedObject, tools: Tools) -> bool:
    """Whether the drop is more than one function should take."""
    try:
        packing = name_layout(landed.key).packing
    except DropError:
        return False
    bound = tools.limits.job_above if packing else tools.limits.parts_above
    return tools.workflow is not None and landed.size > bound


def hand_over(
    landed: LandedObject, contract: Contract, before: DropRecord | None, tools: Tools
) -> None:
    """Start the workflow for the drop, once whenever another version of the contract comes.

    A name is used up for months. One that comes back, after the drop was recorded under the one
    between, needs a name of its own.
    """
    if tools.workflow is None:
        raise RuntimeError("there is no workflow to hand a drop to")
    name = f"{landed.identity}-{contract.version}"
    if before and before.contract_version not in {None, contract.version}:
        name += f"-{sha256(before.recorded_at.encode()).hexdigest()[:8]}"
    tools.workflow.start(name, {"landed": landed.to_event()})


def read_whole(landed: LandedObject, contract: Contract | None, tools: Tools) -> DropRecord:
    """Take every step here: the drop's record, whatever becomes of it."""

    def steps(contract: Contract) -> DropRecord:
        while True:
            plan = plan_drop(landed, contract, tools)
            numbers = range(len(plan.ranges))
            outcomes = [sort_range(plan, number, contract, tools) for number in numbers]
            if not is_overtaken(plan, tools):
                return settle(plan, outcomes, contract, tools)

    return in_a_state(landed, contract, tools, steps)


def in_a_state(
    landed: LandedObject,
    contract: Contract | None,
    tools: Tools,
    steps: Callable[[Contract], DropRecord],
) -> DropRecord:
    """What the steps make of the drop, or the state that stopped them."""
    blank = blank_record(landed, contract)
    if reason := why_ignored(landed, tools.registry):
        return ended(blank, "ignored", reason)
    try:
        name_layout(landed.key)
        return steps(find_contract(landed, contract, tools.registry))
    except FileNotFoundError:
        return ended(blank, "ignored", DELETED)
    except DropError as fault:
        state: DropState = "rejected" if isinstance(fault, RejectedDropError) else "quarantined"
        return ended(blank, state, f"{type(fault).__name__}: {fault}")


def record(
    drop: DropRecord, landed: LandedObject, contract: Contract | None, tools: Tools
) -> DropRecord:
    """Keep the drop's state; leave a draft beside one that has no contract to wait under.

    What comes back says why, where none could be drafted.
    """
    tools.registry.put_drop(drop)
    if contract or drop.state != "quarantined" or not (why := leave_draft(landed, tools.store)):
        return drop
    reasons = (
        text.replace(drafted(landed), f"none can be drafted: {why}") for text in drop.reasons
    )
    drop = drop.model_copy(update={"reasons": tuple(reasons)})
    tools.registry.put_drop(drop)
    return drop


def tell(drop: DropRecord, tools: Tools) -> None:
    """Publish the drop's state."""
    tools.bus.publish(
        DropRecorded(
            pipeline=drop.pipeline,
            drop_id=drop.drop_id,
            source=drop.source,
            state=drop.state,
            reasons=drop.reasons,
            rows=drop.rows.accepted,
        )
    )
