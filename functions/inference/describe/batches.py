"""Files that were dropped to be scored, and how far each of them is."""

from typing import Any

from inference.describe.describe import list_newest
from tidemill.batches import BatchRecord, Progress
from tidemill.registry import Registry


def list_batches(pipeline: str, registry: Registry) -> list[dict[str, Any]]:
    """At most a hundred files, the newest first; UnknownPipelineError if nothing is known of it.

    What is running tells the rows and parts that are done so far.
    """
    batches = registry.batches(pipeline)
    if not batches:
        registry.contract(pipeline)
    return list_newest([_so_far(batch, registry) for batch in batches])


def _so_far(batch: BatchRecord, registry: Registry) -> BatchRecord:
    if batch.state != "running" or batch.execution is None:
        return batch
    done, rows = registry.scored(batch.pipeline, batch.batch_id)
    parts = Progress(done=done, of=batch.parts.of)
    return batch.model_copy(update={"rows": rows, "parts": parts})
