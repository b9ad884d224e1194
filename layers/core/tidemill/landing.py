"""What lands in S3: the event that tells of it, and what its key means."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from tidemill.clock import now
from tidemill.records import DropRecord, DropState

PATH_PARTS = 3
BATCH, OUTCOMES = "_batch", "_outcomes"


@dataclass(frozen=True)
class LandedObject:
    """One version of one object, as S3's `Object Created` event tells of it."""

    bucket: str
    key: str
    version_id: str | None
    etag: str
    sequencer: str
    size: int
    landed_at: str

    @property
    def identity(self) -> str:
        """Which version of which object it is: the same event twice gives the same."""
        named = (self.bucket, self.key, self.version_id or self.etag)
        return sha256("\0".join(named).encode()).hexdigest()[:16]

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def pipeline(self) -> str:
        """The key's first part; `_unrouted` where that is empty."""
        return self.key.split("/", 1)[0] or "_unrouted"

    @property
    def source(self) -> str | None:
        """The middle of `<pipeline>/<source>/<file>`; None where the key is not of that form."""
        parts = self.key.split("/", PATH_PARTS - 1)
        return parts[1] if len(parts) == PATH_PARTS and all(parts) else None

    @property
    def is_batch(self) -> bool:
        """Whether its rows are to be scored, and are no data to learn from."""
        return self.source == BATCH

    @property
    def is_outcomes(self) -> bool:
        """Whether it says what came true of predictions, and is no data to learn from."""
        return self.source == OUTCOMES

    @property
    def file(self) -> str:
        """What is behind `<pipeline>/<source>/`; nothing where the key is not of that form."""
        return self.key.split("/", PATH_PARTS - 1)[-1] if self.source else ""

    def recorded(self, state: DropState, *reasons: str) -> DropRecord:
        """Its record as a drop that ends now in that state, before anything was read of it."""
        return DropRecord(
            drop_id=self.identity,
            pipeline=self.pipeline,
            source=self.source or "",
            uri=self.uri,
            version_id=self.version_id,
            etag=self.etag,
            sequencer=self.sequencer,
            size=self.size,
            landed_at=self.landed_at,
            recorded_at=now(),
            state=state,
            reasons=reasons,
        )

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the EventBridge event of S3 (its keys are not URL-encoded)."""
        detail = event["detail"]
        landed = detail["object"]
        return cls(
            bucket=detail["bucket"]["name"],
            key=landed["key"],
            version_id=landed.get("version-id") or None,
            etag=landed.get("etag", ""),
            sequencer=landed.get("sequencer", ""),
            size=int(landed.get("size", 0)),
            landed_at=event["time"],
        )

    def to_event(self) -> dict[str, Any]:
        """The event again, to send the object through ingestion once more."""
        landed = {
            "key": self.key,
            "version-id": self.version_id,
            "etag": self.etag,
            "sequencer": self.sequencer,
            "size": self.size,
        }
        detail = {"bucket": {"name": self.bucket}, "object": landed}
        return {"time": self.landed_at, "detail": detail}


def message_body(message: Mapping[str, Any]) -> dict[str, Any]:
    """The event inside an SQS message that an EventBridge rule put there."""
    body: dict[str, Any] = json.loads(message["body"])
    return body
