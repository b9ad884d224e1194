"""Drops: their states, and what each object of the landing bucket holds now."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from tidemill.landing import LandedObject
from tidemill.records import DropRecord
from tidemill.registry.ledger import Ledger


class Drops(Ledger):
    """What landed, and what became of it."""

    def drop(self, pipeline: str, drop_id: str) -> DropRecord | None:
        item = self._table.get(pipeline, f"drop#{drop_id}")
        return DropRecord.model_validate(item.document) if item else None

    def drops(self, pipeline: str) -> list[DropRecord]:
        """Every drop, oldest first."""
        found = [
            DropRecord.model_validate(i.document) for i in self._table.query(pipeline, "drop#")
        ]
        return sorted(found, key=lambda drop: (drop.landed_at, drop.sequencer, drop.drop_id))

    def put_drop(self, drop: DropRecord) -> None:
        """Record the drop's state; a later record of the same drop replaces it."""
        self._replace(drop.pipeline, f"drop#{drop.drop_id}", lambda _: drop.model_dump(mode="json"))

    def update_drop(
        self, pipeline: str, drop_id: str, change: Callable[[DropRecord], DropRecord]
    ) -> None:
        """Apply `change` to a recorded drop; it may run again if another write came between."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(DropRecord.model_validate(old)).model_dump(mode="json")

        self._replace(pipeline, f"drop#{drop_id}", changed)

    def claim_content(self, drop: DropRecord) -> str:
        """The drop that holds this content in the source: an earlier one that lives, or this."""
        record = f"content#{drop.source}#{drop.content}"

        def claimed(held: dict[str, Any]) -> dict[str, Any]:
            owner = held.get("drop_id")
            if owner and self._lives(drop.pipeline, owner):
                return held
            return {"drop_id": drop.drop_id}

        return str(self._replace(drop.pipeline, record, claimed)["drop_id"])

    def is_newest(self, landed: LandedObject) -> bool:
        """Note that it was seen; whether no newer version of the object ever was."""

        def higher(seen: dict[str, Any]) -> dict[str, Any]:
            newest = max(seen.get("sequencer", ""), landed.sequencer, key=sequencer_order)
            return {**seen, "sequencer": newest}

        newest = self._replace(landed.pipeline, _object(landed.uri), higher)["sequencer"]
        return sequencer_order(newest) <= sequencer_order(landed.sequencer)

    def hold(self, drop: DropRecord, content_of: str) -> bool:
        """Note that the drop's object holds the content of drop `content_of`: its own, or equal.

        False where a newer version of the object came between: then that one is held.
        """

        def held(seen: dict[str, Any]) -> dict[str, Any]:
            if sequencer_order(seen.get("held_at", "")) > sequencer_order(drop.sequencer):
                return seen
            return {**seen, "held_at": drop.sequencer, "holder": drop.drop_id, "holds": content_of}

        document = self._replace(drop.pipeline, _object(drop.uri), held)
        return bool(document["holder"] == drop.drop_id)

    def live_drops(self, pipeline: str) -> list[DropRecord]:
        """Every accepted drop whose content an object still holds, its own or an equal one."""
        held = self._held(pipeline)
        accepted = [drop for drop in self.drops(pipeline) if drop.state == "accepted"]
        return [drop for drop in accepted if drop.drop_id in held]

    def _lives(self, pipeline: str, drop_id: str) -> bool:
        drop = self.drop(pipeline, drop_id)
        return drop is None or (drop.state == "accepted" and drop_id in self._held(pipeline))

    def _held(self, pipeline: str) -> set[str]:
        items = self._table.query(pipeline, "object#")
        return {item.document["holds"] for item in items if "holds" in item.document}


def _object(uri: str) -> str:
    return f"object#{sha256(uri.encode()).hexdigest()[:32]}"


def sequencer_order(sequencer: str) -> str:
    """What to compare S3 sequencers by: the shorter one padded with zeros on the right.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    return sequencer.upper().ljust(64, "0")
