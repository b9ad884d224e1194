"""The steps of a large batch file, one call of the workflow each; what they know is in the store.

A refusal that a worker meets is left as its outcome, so that the last step can record it.
"""

import json
from collections.abc import Mapping
from typing import Any

from inference.batch.journey import REFUSALS, abandon, begin, give_up, plan_batch, refuse, settle
from inference.batch.part import score_part
from inference.batch.plan import BatchPlan
from inference.batch.tools import Tools
from tidemill.batches import BatchRecord, Scored
from tidemill.landing import LandedObject
from tidemill.parts import find_outcome, leave_outcome, leave_plan
from tidemill.store import is_there


def plan(landed: LandedObject, tools: Tools) -> dict[str, Any]:
    """Plan the file: the workflow's `route` is `parts`, or `done` where it was refused.

    `bucket` and `key` are of the list of parts that a Distributed Map reads.
    """
    begin(landed, tools)
    try:
        planned = plan_batch(landed, tools)
    except REFUSALS as fault:
        refuse(landed, fault, tools)
        return {"route": "done"}
    left = leave_plan(planned, planned.work, len(planned.ranges), tools.store)
    return {"route": "parts", **left}


def score(plan_uri: str, number: int, tools: Tools) -> None:
    """Score one part and leave what became of it; nothing where that was left before."""
    planned = _plan(plan_uri, tools)
    uri = planned.outcome_uri(number)
    if is_there(uri, tools.store):
        return
    try:
        scored = score_part(planned, number, tools)
    except REFUSALS as fault:
        scored = Scored()
        leave_outcome(fault, uri, tools.store)
    else:
        leave_outcome(scored, uri, tools.store)
    tools.registry.note_scored(planned.pipeline, planned.batch_id, number, scored)


def conclude(plan_uri: str, tools: Tools) -> BatchRecord:
    """Write the result of all parts and record the file's end."""
    planned = _plan(plan_uri, tools)
    try:
        uris = map(planned.outcome_uri, range(len(planned.ranges)))
        parts = [find_outcome(Scored, uri, tools.store) for uri in uris]
        return settle(planned, parts, tools)
    except REFUSALS as fault:
        return refuse(planned.landed, fault, tools)


def fail(landed: LandedObject, error: str, cause: str, tools: Tools) -> BatchRecord:
    """Record that the workflow gave the file up; `cause` may be JSON with a message in it."""
    try:
        said = json.loads(cause)
        said = said.get("errorMessage", cause) if isinstance(said, dict) else cause
    except ValueError:
        said = cause
    return give_up(landed, f"{error}: {str(said)[:500]}", tools)


def end(event: Mapping[str, Any], tools: Tools) -> BatchRecord | None:
    """Record a file whose workflow ended without doing so, by its state change; None if it did."""
    detail = event["detail"]
    landed = LandedObject.from_event(json.loads(detail["input"])["landed"])
    reason = f"Execution{detail['status']}: {detail.get('cause') or 'unsaid'}"
    return abandon(landed, detail["name"], reason[:500], tools)


def _plan(uri: str, tools: Tools) -> BatchPlan:
    return BatchPlan.model_validate_json(tools.store.read(uri))
