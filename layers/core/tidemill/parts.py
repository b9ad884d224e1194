"""What workers that share a large file leave in the store: a plan, and what became of each part.

A refusal that a worker meets is left as its part's outcome, so that the last step can record it.
"""

import json
from typing import Any

from tidemill import errors
from tidemill.records import Record
from tidemill.store import Store, parse_uri

JSON = "application/json"


def leave_plan(plan: Record, work: str, parts: int, store: Store) -> dict[str, Any]:
    """Leave the plan and the list of its parts under `work`; what the workflow has to know of them.

    `bucket` and `key` are of the list, which a Distributed Map reads.
    """
    uri, list_uri = f"{work}/plan.json", f"{work}/parts.json"
    store.write(uri, plan.model_dump_json().encode(), JSON)
    each = [{"plan_uri": uri, "part": number} for number in range(parts)]
    store.write(list_uri, json.dumps(each).encode(), JSON)
    bucket, key = parse_uri(list_uri)
    return {"plan_uri": uri, "bucket": bucket, "key": key, "parts": parts}


def leave_outcome(outcome: Record | Exception, uri: str, store: Store) -> None:
    """Leave what became of a part, or why it was refused."""
    if isinstance(outcome, Record):
        body = outcome.model_dump_json()
    else:
        body = json.dumps({"error": type(outcome).__name__, "reason": str(outcome)})
    store.write(uri, body.encode(), JSON)


def find_outcome[Found: Record](kind: type[Found], uri: str, store: Store) -> Found:
    """What became of a part; raises the refusal, or FileNotFoundError, that was left instead."""
    found = json.loads(store.read(uri))
    if "error" not in found:
        return kind.model_validate(found)
    if found["error"] == FileNotFoundError.__name__:
        raise FileNotFoundError(found["reason"])
    raise getattr(errors, found["error"])(found["reason"])
