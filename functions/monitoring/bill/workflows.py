"""Transitions of workflows, counted where they are billed: as each state is entered."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from monitoring.bill.services import room_of
from monitoring.bill.usage import Usage
from tidemill.contract import is_name

INPUT = "executionStartedEventDetails"
MAP = "mapRunStartedEventDetails"


def of_workflows(client: Any, stage: str, day: date) -> Iterator[Usage]:  # noqa: ANN401 - boto3's
    """The states entered by every execution that began on the day, by its input's pipeline.

    An item of a distributed map is an execution of its own: one transition each is counted.
    """
    for page in client.get_paginator("list_state_machines").paginate():
        for machine in page["stateMachines"]:
            room = room_of(machine["name"], stage)
            if room:
                yield from _of_machine(client, machine, room, day)


def _of_machine(client: Any, machine: dict[str, Any], room: str, day: date) -> Iterator[Usage]:  # noqa: ANN401
    for execution in _begun(client, machine["stateMachineArn"], day):
        pipeline, transitions = _walked(client, execution)
        yield Usage(
            room=room,
            unit="states_transition",
            resource=machine["name"],
            quantity=transitions,
            pipeline=pipeline,
            by="work",
        )


def _begun(client: Any, arn: str, day: date) -> Iterator[str]:  # noqa: ANN401 - boto3's
    """Executions that began on the day; they are listed the newest first."""
    for page in client.get_paginator("list_executions").paginate(stateMachineArn=arn):
        for execution in page["executions"]:
            began = _day(execution["startDate"])
            if began < day:
                return
            if began == day:
                yield execution["executionArn"]


def _walked(client: Any, execution: str) -> tuple[str | None, int]:  # noqa: ANN401 - boto3's
    """The pipeline that the input names, if it does, and how many states were entered."""
    pipeline, transitions = None, 0
    pages = client.get_paginator("get_execution_history").paginate(executionArn=execution)
    for page in pages:
        for event in page["events"]:
            if INPUT in event:
                pipeline = _pipeline(event[INPUT].get("input", ""))
            elif MAP in event:
                run = client.describe_map_run(mapRunArn=event[MAP]["mapRunArn"])
                transitions += run["itemCounts"]["total"]
            elif event["type"].endswith("StateEntered"):
                transitions += 1
    return pipeline, transitions


def _pipeline(text: str) -> str | None:
    try:
        found = json.loads(text)["pipeline"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) and is_name(found) else None


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
