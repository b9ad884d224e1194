"""A release, step by step: shadow, canary, champion, watched; or taken back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from tidemill.errors import NoChampionError
from tidemill.records import Challenge, ChampionRecord, Record, ReleaseRecord, ReleaseStage, now
from tidemill.registry import Registry

TAKEN_BACK = "the approval was taken back"


class Request(Record):
    """Which release of which model; `release` is the name of its workflow's execution.

    `leaves` is the stage that a step leads on from: a step that is repeated has left it already.
    """

    pipeline: str
    model_version: int
    release: str
    approved_at: str = ""
    reason: str = ""
    leaves: str = ""


class Standing(Request):
    """Where a release is: on trial, about to be promoted, or over; `champion` serves now.

    `taken_back` is whether it was rolled back just now.
    """

    stage: Literal["shadow", "canary", "bake", "promote", "over"]
    champion: int | None = None
    previous: int | None = None
    taken_back: bool = False


class Ended(Record):
    """How Step Functions says that a release's execution ended badly."""

    release: str
    package_arn: str
    status: str
    cause: str = ""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read a `Step Functions Execution Status Change`."""
        detail = event["detail"]
        return cls(
            release=detail["name"],
            package_arn=json.loads(detail["input"])["package_arn"],
            status=detail["status"],
            cause=detail.get("cause") or "",
        )


@dataclass(frozen=True)
class Advancer:
    """Takes releases from stage to stage; every step may be repeated."""

    registry: Registry

    def begin(self, request: Request) -> Standing:
        """Record the release; put its model on trial where the contract wants one, and can."""
        contract = self.registry.contract(request.pipeline).release
        champion = self._champion(request.pipeline)
        record = ReleaseRecord(
            release=request.release,
            model_version=request.model_version,
            champion=champion.model_version if champion else None,
            started_at=now(),
        )
        self.registry.claim_release(request.pipeline, record)
        at_once = champion is None or champion.model_version == request.model_version
        if at_once or contract.strategy == "all_at_once":
            return _stand(request, "promote", champion)
        stage: ReleaseStage = "shadow" if contract.shadow else "canary"
        return self._try(request, stage, contract.canary)

    def advance(self, request: Request) -> Standing:
        """From the stage it came to, to the next."""
        champion = self._champion(request.pipeline)
        challenge = champion.challenge if champion else None
        if challenge is None or challenge.release != request.release:
            return self._overtaken(request)
        if request.leaves not in {"", challenge.stage}:
            return _stand(request, challenge.stage, champion)
        if challenge.stage == "shadow":
            return self._try(request, "canary", challenge.share)
        if challenge.stage == "canary":
            return _stand(request, "promote", champion)
        self.registry.end_challenge(request.pipeline, request.release)
        self._end(request, "promoted")
        return _stand(request, "over", champion)

    def promote(self, request: Request) -> Standing:
        """Make it the champion; it is watched where there is one to go back to.

        A release that has ended, by hand or by itself, promotes nothing.
        """
        record = self.registry.release(request.pipeline, request.release)
        if record is not None and record.state != "running":
            return self._overtaken(request)
        before = self._champion(request.pipeline)
        bake = self._challenge(request, "bake", 0.0) if before else None
        reason = request.reason or "the package was approved"
        champion = self.registry.promote(
            request.pipeline, request.model_version, reason, request.approved_at, bake
        )
        if champion.model_version != request.model_version:
            self.registry.end_challenge(request.pipeline, request.release)
            return self._overtaken(request)
        watched = champion.challenge is not None and champion.challenge.release == request.release
        if not watched:
            self._end(request, "promoted", reason)
        return _stand(request, "bake" if watched else "over", champion)

    def roll_back(self, request: Request) -> Standing:
        """Take it off trial, or serve the champion before it; nothing if it was overtaken."""
        champion = self.registry.roll_back(
            request.pipeline, request.release, request.reason, request.release
        )
        if champion.rolled_back_by != request.release:
            return self._overtaken(request)
        state = "withdrawn" if request.reason == TAKEN_BACK else "rolled_back"
        self._end(request, state, request.reason)
        return _stand(request, "over", champion).model_copy(update={"taken_back": True})

    def settle(self, ended: Ended, prefix: str) -> None:
        """Take a model off trial whose workflow is gone; `prefix` is that of the stage's groups."""
        group, version = ended.package_arn.rsplit("/", 2)[1:]
        pipeline = group.removeprefix(prefix)
        self.registry.end_challenge(pipeline, ended.release)
        if self.registry.release(pipeline, ended.release) is None:
            return
        request = Request(
            pipeline=pipeline, model_version=int(version), release=ended.release, approved_at=now()
        )
        self._end(request, "withdrawn", f"Execution{ended.status}: {ended.cause or 'unsaid'}")

    def _try(self, request: Request, stage: ReleaseStage, share: float) -> Standing:
        challenge = self._challenge(request, stage, share)
        champion = self.registry.challenge(request.pipeline, challenge)
        if champion.challenge is None or champion.challenge.release != request.release:
            return self._overtaken(request)
        self.registry.update_release(request.pipeline, request.release, stage=stage)
        return _stand(request, stage, champion)

    def _overtaken(self, request: Request) -> Standing:
        champion = self._champion(request.pipeline)
        if champion and champion.release == request.release:
            self._end(request, "promoted", "another release began while this one was watched")
        else:
            self._end(request, "overtaken", "another model was approved later, or rolled back to")
        return _stand(request, "over", champion)

    def _end(self, request: Request, state: str, reason: str = "") -> None:
        changes = {"state": state, "finished_at": now(), **({"reason": reason} if reason else {})}
        self.registry.update_release(request.pipeline, request.release, **changes)

    def _champion(self, pipeline: str) -> ChampionRecord | None:
        try:
            return self.registry.champion(pipeline)
        except NoChampionError:
            return None

    def _challenge(self, request: Request, stage: ReleaseStage, share: float) -> Challenge:
        return Challenge(
            model_version=request.model_version,
            stage=stage,
            share=share,
            release=request.release,
            since=now(),
            approved_at=request.approved_at,
        )


def _stand(request: Request, stage: str, champion: ChampionRecord | None) -> Standing:
    return Standing.model_validate(
        {
            **request.model_dump(),
            "stage": stage,
            "champion": champion.model_version if champion else None,
            "previous": champion.previous if champion else None,
        }
    )
