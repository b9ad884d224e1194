"""What the API tells of files that were dropped to be scored."""

import pytest

from inference.describe.batches import list_batches
from tidemill.batches import BatchRecord, BatchState, Progress, Scored
from tidemill.errors import UnknownPipelineError
from tidemill.registry import Registry
from tidemill.table import InMemoryTable


def batch(name: str, state: BatchState, execution: str | None = None) -> BatchRecord:
    return BatchRecord(
        batch_id=name,
        pipeline="shells",
        uri=f"s3://landing/shells/_batch/{name}.csv",
        version_id="1",
        size=5,
        landed_at=f"2026-11-01T00:00:0{name}Z",
        started_at="2026-11-01",
        state=state,
        execution=execution,
        parts=Progress(of=3),
    )


def test_what_is_running_tells_how_far_it_is() -> None:
    """Rows and parts that are done so far, the newest file first."""
    registry = Registry(InMemoryTable())
    for record in (batch("1", "refused"), batch("2", "running", "2")):
        registry.update_batch("shells", record.batch_id, lambda _, record=record: record)  # type: ignore[misc]
    for part in (0, 2, 2):
        registry.note_scored("shells", "2", part, Scored(read=10, scored=9, failed=1))
    newest, oldest = list_batches("shells", registry)
    assert (newest["batch_id"], newest["state"]) == ("2", "running")
    assert newest["parts"] == {"done": 2, "of": 3}
    assert (newest["rows"]["read"], newest["rows"]["failed"]) == (20, 2)
    assert (oldest["state"], oldest["parts"]["done"]) == ("refused", 0)


def test_an_unknown_pipeline_is_one() -> None:
    """As every path of it says."""
    with pytest.raises(UnknownPipelineError):
        list_batches("nobody", Registry(InMemoryTable()))
