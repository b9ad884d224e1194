"""Bring one batch file to its end, here and now or by the workflow where it is large."""

from hashlib import sha256

from inference.batch.journey import ENDED, REFUSALS, begin, plan_batch, refuse, settle
from inference.batch.part import score_part
from inference.batch.tools import Tools
from tidemill.batches import BatchRecord
from tidemill.landing import LandedObject


def score_file(landed: LandedObject, tools: Tools) -> BatchRecord | None:
    """Score every row and write the result, or hand the file to the workflow: None.

    None too where it is none to be scored, or has ended before: the same event again changes
    nothing.
    """
    if not landed.is_batch:
        return None
    known = tools.registry.batch(landed.pipeline, landed.identity)
    if known and known.state in ENDED:
        return None
    if tools.workflow and landed.size > tools.limits.parts_above:
        hand_over(landed, known, tools)
        return None
    begin(landed, tools)
    try:
        plan = plan_batch(landed, tools)
        parts = [score_part(plan, number, tools) for number in range(len(plan.ranges))]
        return settle(plan, parts, tools)
    except REFUSALS as fault:
        return refuse(landed, fault, tools)


def hand_over(landed: LandedObject, known: BatchRecord | None, tools: Tools) -> None:
    """Start the workflow for the file, once; once more where it failed and is sent again."""
    if tools.workflow is None:
        raise RuntimeError("there is no workflow to hand a file to")
    name = landed.identity
    if known and known.state == "failed":
        name += f"-{sha256((known.finished_at or '').encode()).hexdigest()[:8]}"
    elif known and known.execution:
        name = known.execution
    begin(landed, tools, execution=name)
    tools.workflow.start(name, {"landed": landed.to_event()})
