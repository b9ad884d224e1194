"""The workflow of a large batch file calls, with one step of its way; or is told to have ended."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.batch import stages
from inference.batch.meter import count
from inference.batch.tools import Tools
from inference.batch.wiring import wire
from tidemill.landing import LandedObject, message_body
from tidemill.settings import BatchStepSettings


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take the step; ValueError where the event names none, or lacks what it needs.

    A queue's messages are state changes of executions that ended before they were done.
    """
    settings = BatchStepSettings.from_env()
    tools, stage = wire(settings), settings.stage
    match event:
        case {"step": "plan", "landed": landed}:
            return _plan(LandedObject.from_event(landed), tools, stage)
        case {"step": "score", "plan_uri": str(plan_uri), "part": int(part)}:
            stages.score(plan_uri, part, tools)
            return {}
        case {"step": "assemble", "plan_uri": str(plan_uri)}:
            batch = stages.conclude(plan_uri, tools)
        case {"step": "fail", "landed": landed, "error": str(error), "cause": str(cause)}:
            batch = stages.fail(LandedObject.from_event(landed), error, cause, tools)
        case {"Records": [message]}:
            return _end(message_body(message), tools, stage)
        case _:
            known = "plan, score, assemble and fail are known"
            raise ValueError(f"no step: {', '.join(sorted(event))}; {known}")
    count(batch, stage)
    return {"state": batch.state}


def _plan(landed: LandedObject, tools: Tools, stage: str) -> dict[str, Any]:
    planned = stages.plan(landed, tools)
    if planned["route"] == "done" and (
        batch := tools.registry.batch(landed.pipeline, landed.identity)
    ):
        count(batch, stage)
    return planned


def _end(event: dict[str, Any], tools: Tools, stage: str) -> dict[str, Any]:
    if batch := stages.end(event, tools):
        count(batch, stage)
    return {}
