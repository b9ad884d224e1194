"""The workflow of a large drop calls: one step of its way, named in the event."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.ingest import stages
from ingestion.ingest.meter import count
from ingestion.ingest.tools import Tools
from ingestion.ingest.wiring import wire
from tidemill.landing import LandedObject
from tidemill.settings import StepSettings


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take the step; ValueError where the event names none, or lacks what it needs."""
    settings = StepSettings.from_env()
    tools, stage = wire(settings), settings.stage
    match event:
        case {"step": "plan", "landed": landed}:
            return _plan(LandedObject.from_event(landed), tools, stage)
        case {"step": "sort", "plan_uri": str(plan_uri), "part": int(part)}:
            stages.sort(plan_uri, part, tools)
            return {}
        case {"step": "record", "plan_uri": str(plan_uri)}:
            drop, again = stages.conclude(plan_uri, tools)
            if drop:
                count(drop, stage)
            return {"state": drop and drop.state, "again": again}
    raise ValueError(f"no step: {', '.join(sorted(event))}; plan, sort and record are known")


def _plan(landed: LandedObject, tools: Tools, stage: str) -> dict[str, Any]:
    """The plan's answer, and what a job is named and tagged by."""
    planned, drop_id = stages.plan(landed, tools), landed.identity
    if planned["route"] == "done" and (drop := tools.registry.drop(landed.pipeline, drop_id)):
        count(drop, stage)
    return {**planned, "pipeline": landed.pipeline, "drop_id": drop_id}
