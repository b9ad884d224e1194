"""What a batch file costs, and what CloudWatch is told of it."""

from tidemill import metrics
from tidemill.batches import BatchRecord
from tidemill.errors import UnknownPriceError
from tidemill.pricing import unit_price


class LambdaMeter:
    """Time at work as Lambda bills it: by memory, processor and region."""

    def __init__(self, memory_mb: int, machine: str, region: str) -> None:
        self._gb = memory_mb / 1024
        self._unit = f"lambda_gb_second_{'x86_64' if machine == 'x86_64' else 'arm64'}"
        self._region = region

    def gb_seconds(self, seconds: float) -> float:
        return seconds * self._gb

    def usd(self, gb_seconds: float) -> float | None:
        try:
            return round(gb_seconds * unit_price(self._unit, self._region), 8)
        except UnknownPriceError:
            return None


def count(batch: BatchRecord, stage: str) -> None:
    """Count the file's rows, or the file itself where it was refused or failed."""
    ended_badly = batch.state in {"refused", "failed"}
    values = {
        "BatchRows": batch.rows.read,
        "BatchRowsFailed": batch.rows.failed,
        "BatchesRefused": int(ended_badly),
    }
    metrics.record(values, stage=stage, Pipeline=batch.pipeline)
    strange = {"UnseenCategories": batch.rows.unseen, "OutOfRange": batch.rows.out_of_range}
    for metric, counts in strange.items():
        if counts:
            metrics.record({metric: sum(counts.values())}, stage=stage, Pipeline=batch.pipeline)
        for feature, cells in counts.items():
            metrics.record({metric: cells}, stage=None, Pipeline=batch.pipeline, Feature=feature)
