"""The champion of each pipeline, the challenge it stands, and the releases that make it."""

from typing import Any

from tidemill.contract import is_name
from tidemill.errors import NoChampionError, NothingToRollBackError, RegistryError
from tidemill.records import Challenge, ChampionRecord, ReleaseRecord, now
from tidemill.registry.models import Models

CHAMPION = "champion"


class Champions(Models):
    """What serves, and how it came to."""

    def champion(self, pipeline: str) -> ChampionRecord:
        """NoChampionError while the pipeline serves nothing."""
        item = self._table.get(pipeline, CHAMPION) if is_name(pipeline) else None
        if item is None:
            raise NoChampionError(f"pipeline {pipeline!r} serves no model yet")
        return ChampionRecord.model_validate(item.document)

    def promote(
        self,
        pipeline: str,
        version: int,
        reason: str,
        approved_at: str | None = None,
        challenge: Challenge | None = None,
    ) -> ChampionRecord:
        """Make a model the champion, unless it is, or one that was approved later is.

        Nor is one that was rolled back since it was approved.

        A challenge of its own release ends, or becomes the one given; a later one goes on.
        """
        approved_at = approved_at or now()
        self.model(pipeline, version)

        def crowned(old: dict[str, Any]) -> dict[str, Any]:
            if old.get("model_version") == version:
                return _watched(old, challenge)
            if old.get("approved_at", "") > approved_at:
                return old
            if old.get("rolled_back") == version and old.get("rolled_back_at", "") > approved_at:
                return old
            standing = old.get("challenge")
            later = standing if standing and standing["approved_at"] > approved_at else None
            new = ChampionRecord(
                model_version=version,
                previous=old.get("model_version"),
                approved_at=approved_at,
                promoted_at=now(),
                reason=reason,
                release=challenge.release if challenge else "",
                challenge=Challenge.model_validate(later) if later else challenge,
            )
            return new.model_dump(mode="json")

        return ChampionRecord.model_validate(self._replace(pipeline, CHAMPION, crowned))

    def challenge(self, pipeline: str, challenge: Challenge) -> ChampionRecord:
        """Put a model on trial beside the champion, unless a later approval is served or tried.

        The same stage of the same release keeps the moment it began. NoChampionError.
        """
        self.model(pipeline, challenge.model_version)

        def tried(old: dict[str, Any]) -> dict[str, Any]:
            if not old:
                raise NoChampionError(f"pipeline {pipeline!r} serves no model yet")
            standing = old.get("challenge") or {}
            latest = max(old.get("approved_at", ""), standing.get("approved_at", ""))
            same = all(standing.get(n) == getattr(challenge, n) for n in ("release", "stage"))
            if same or latest > challenge.approved_at:
                return old
            return {**old, "challenge": challenge.model_dump(mode="json")}

        return ChampionRecord.model_validate(self._replace(pipeline, CHAMPION, tried))

    def end_challenge(self, pipeline: str, release: str) -> None:
        """Take a release's model off trial, if it is on; the champion stays who it is."""

        def ended(old: dict[str, Any]) -> dict[str, Any]:
            standing = old.get("challenge") or {}
            return {**old, "challenge": None} if standing.get("release") == release else old

        if self._table.get(pipeline, CHAMPION) is not None:
            self._replace(pipeline, CHAMPION, ended)

    def roll_back(
        self, pipeline: str, by: str, reason: str, release: str | None = None
    ) -> ChampionRecord:
        """Undo the newest change: end the trial of a model, or serve the one before the champion.

        `by` is a release or a request's id: asked again by the same, it changes nothing more. With
        a `release` it changes nothing unless that is the one under way. There is one step back:
        NothingToRollBackError after it, or before any promotion; NoChampionError. What was approved
        before a champion was rolled back does not come back by itself.
        """

        def back(old: dict[str, Any]) -> dict[str, Any]:
            if not old:
                raise NoChampionError(f"pipeline {pipeline!r} serves no model yet")
            champion = ChampionRecord.model_validate(old)
            other = release is not None and _on_trial(champion) != release
            if champion.rolled_back_by == by or other:
                return old
            return _without_newest(champion, by, reason).model_dump(mode="json")

        return ChampionRecord.model_validate(self._replace(pipeline, CHAMPION, back))

    def release(self, pipeline: str, release: str) -> ReleaseRecord | None:
        item = self._table.get(pipeline, f"release#{release}")
        return ReleaseRecord.model_validate(item.document) if item else None

    def releases(self, pipeline: str) -> list[ReleaseRecord]:
        """Every release, oldest first."""
        items = self._table.query(pipeline, "release#")
        found = [ReleaseRecord.model_validate(item.document) for item in items]
        return sorted(found, key=lambda one: one.started_at)

    def claim_release(self, pipeline: str, record: ReleaseRecord) -> bool:
        """Whether this release is new: False if one of its name was recorded before."""
        return self._claim(pipeline, f"release#{record.release}", record.model_dump(mode="json"))

    def update_release(self, pipeline: str, release: str, **changes: Any) -> ReleaseRecord:  # noqa: ANN401
        """Change fields of a release that still runs; RegistryError if there is no such release."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            if not old:
                raise RegistryError(f"pipeline {pipeline!r} has no release {release!r}")
            return old if old["state"] != "running" else {**old, **changes}

        return ReleaseRecord.model_validate(self._replace(pipeline, f"release#{release}", changed))


def _watched(champion: dict[str, Any], challenge: Challenge | None) -> dict[str, Any]:
    """The champion as it is; a trial of it by the same release comes to the stage given."""
    standing = champion.get("challenge") or {}
    if challenge is None or standing.get("release") != challenge.release:
        return champion
    if standing["stage"] == challenge.stage:
        return champion
    return {**champion, "challenge": challenge.model_dump(mode="json")}


def _on_trial(champion: ChampionRecord) -> str | None:
    return champion.challenge.release if champion.challenge else None


def _without_newest(champion: ChampionRecord, by: str, reason: str) -> ChampionRecord:
    standing = champion.challenge
    undone = standing.model_version if standing else champion.model_version
    changes: dict[str, Any] = {"challenge": None, "rolled_back_by": by}
    changes |= {"rolled_back": undone, "rolled_back_at": now()}
    if standing is not None and standing.stage != "bake":
        return champion.model_copy(update=changes)
    if champion.previous is None:
        raise NothingToRollBackError(f"no model served before version {champion.model_version}")
    changes |= {"model_version": champion.previous, "previous": None, "reason": reason}
    changes |= {"approved_at": now(), "promoted_at": now(), "release": by}
    return champion.model_copy(update=changes)
