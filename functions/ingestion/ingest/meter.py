"""What CloudWatch is told of a recorded drop."""

from tidemill import metrics
from tidemill.records import DropRecord


def count(drop: DropRecord, stage: str) -> None:
    """Count the drop's rows, and the drop itself where it waits or was rejected."""
    counts = {
        "RowsAccepted": drop.rows.accepted,
        "RowsQuarantined": drop.rows.quarantined,
        "DropsQuarantined": int(drop.state in {"quarantined", "rejected"}),
    }
    metrics.record(counts, stage=stage, Pipeline=drop.pipeline)
