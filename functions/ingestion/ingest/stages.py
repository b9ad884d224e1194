"""The steps of a large drop's way, one call of the workflow each; what they know lies in the store.

A refusal that a worker meets is left as its outcome, so that the last step can record it.
"""

from typing import Any

from ingestion.ingest.ingest import in_a_state, record, tell
from ingestion.ingest.journey import is_overtaken, plan_drop, settle, sort_range
from ingestion.ingest.plan import Outcome, Plan
from ingestion.ingest.tools import Tools
from tidemill.contract import Contract
from tidemill.errors import DropError, RegistryError
from tidemill.landing import LandedObject
from tidemill.parts import find_outcome, leave_outcome, leave_plan
from tidemill.records import DropRecord
from tidemill.store import is_there


def plan(landed: LandedObject, tools: Tools) -> dict[str, Any]:
    """Plan the drop: the workflow's `route` is `parts`, `job`, or `done` where it is recorded.

    `bucket` and `key` are of the list of parts that a Distributed Map reads.
    """
    contract = tools.registry.contract_in_force(landed.pipeline)
    plans: list[Plan] = []

    def steps(contract: Contract) -> DropRecord:
        plans.append(plan_drop(landed, contract, tools))
        raise _PlannedError

    try:
        drop = in_a_state(landed, contract, tools, steps)
    except _PlannedError:
        return _leave(plans[0], tools)
    tell(record(drop, landed, contract, tools), tools)
    return {"route": "done"}


def sort(plan_uri: str, number: int, tools: Tools) -> None:
    """Sort one part and leave its outcome; nothing where it was left before."""
    plan = _plan(plan_uri, tools)
    uri = _outcome_uri(plan, number)
    if is_there(uri, tools.store):
        return
    try:
        outcome = sort_range(plan, number, _contract(plan, tools), tools)
    except (DropError, FileNotFoundError) as fault:
        leave_outcome(fault, uri, tools.store)
    else:
        leave_outcome(outcome, uri, tools.store)


def conclude(plan_uri: str, tools: Tools) -> tuple[DropRecord | None, bool]:
    """Record the drop from what the workers left, and whether it is to be read again.

    It is where a newer contract came into force meanwhile; or where somebody asked to be forgotten,
    and then nothing is recorded yet.
    """
    plan = _plan(plan_uri, tools)
    if is_overtaken(plan, tools):
        return None, True

    def steps(contract: Contract) -> DropRecord:
        uris = [_outcome_uri(plan, number) for number in range(len(plan.ranges))]
        outcomes = [find_outcome(Outcome, uri, tools.store) for uri in uris]
        return settle(plan, outcomes, contract, tools)

    contract = _contract(plan, tools)
    drop = in_a_state(plan.landed, contract, tools, steps)
    record(drop, plan.landed, contract, tools)
    tell(drop, tools)
    return drop, tools.registry.contract(plan.pipeline).version != plan.contract_version


class _PlannedError(Exception):
    """The plan is made: nothing is to be recorded yet."""


def _leave(plan: Plan, tools: Tools) -> dict[str, Any]:
    largest = max(part.end - part.start for part in plan.ranges)
    packed = plan.layout.packing is not None
    route = "job" if packed or largest > tools.limits.job_above else "parts"
    return {"route": route, **leave_plan(plan, plan.work, len(plan.ranges), tools.store)}


def _plan(uri: str, tools: Tools) -> Plan:
    return Plan.model_validate_json(tools.store.read(uri))


def _contract(plan: Plan, tools: Tools) -> Contract:
    contract = tools.registry.contract_version(plan.pipeline, plan.contract_version)
    if contract is None:
        raise RegistryError(f"pipeline {plan.pipeline!r} lost contract {plan.contract_version}")
    return contract


def _outcome_uri(plan: Plan, number: int) -> str:
    return f"{plan.work}/outcomes/{number:05d}.json"
