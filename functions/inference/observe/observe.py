"""Take what came true of predictions, and keep it until it is joined to them."""

from hashlib import sha256

from tidemill.clock import now
from tidemill.outcomes import read_outcomes, write_outcomes
from tidemill.registry import Registry
from tidemill.store import Store

LINES = "application/jsonl"


def observe(pipeline: str, body: str, *, registry: Registry, store: Store, folder: str) -> int:
    """Keep the outcomes of a request under `folder`; how many they are.

    UnknownPipelineError without a contract; the errors of `read_outcomes`. Sent again they are
    kept again, and of one id the value that was told last counts.
    """
    outcomes = read_outcomes(body, registry.contract(pipeline))
    at = now()
    lines = write_outcomes(pipeline, outcomes, at)
    name = f"{at.replace(':', '')}-{sha256(lines).hexdigest()[:16]}"
    store.write(f"{folder}/{pipeline}/{name}.jsonl", lines, LINES)
    return len(outcomes)
