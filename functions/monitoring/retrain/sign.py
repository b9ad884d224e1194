"""What may call for another run: drift, harm, or the time."""

from dataclasses import dataclass
from typing import Self

from tidemill.events import DriftDetected, HarmFound
from tidemill.records import RetrainRecord, RetrainTrigger

NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Something was seen of champion `model_version`: `cause` in words, since when."""

    pipeline: str
    trigger: RetrainTrigger
    model_version: int | None
    cause: str
    since: str = ""

    @classmethod
    def of_drift(cls, event: DriftDetected) -> Self:
        """Drift is seen since the first window of its run of evidence."""
        return cls(
            pipeline=event.pipeline,
            trigger="drift",
            model_version=event.model_version,
            cause=f"data drifted in {', '.join(event.features[:NAMED])}",
            since=min(event.since.values(), default=""),
        )

    @classmethod
    def of_harm(cls, event: HarmFound) -> Self:
        """Harm needs no drift: what follows from features may be another thing now."""
        kind = "the concept drifted" if event.change == "concept" else "the model does harm"
        return cls(
            pipeline=event.pipeline,
            trigger="drift",
            model_version=event.model_version,
            cause=f"{kind}: {event.reason}",
        )

    @classmethod
    def of_refused(cls, pipeline: str, record: RetrainRecord) -> Self:
        """What was refused, to be thought over."""
        return cls(
            pipeline=pipeline,
            trigger=record.trigger,
            model_version=record.model_version,
            cause=record.cause,
            since=record.since,
        )
