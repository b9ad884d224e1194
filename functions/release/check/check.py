"""One look at a release under way: whether it holds, and whether its stage is over."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from release.check.chance import level_of, surely_slow
from release.check.checks import (
    check_constant,
    check_failures,
    check_invalid,
    check_latency,
    check_quality,
    check_shift,
    expect,
)
from release.check.seen import Readings, Seen, Subject
from tidemill.contract import Contract, Gate
from tidemill.errors import NoChampionError
from tidemill.records import Agreement, Challenge, ChampionRecord, Check, ModelRecord, Record, now
from tidemill.registry import Registry

SELDOM = 20
LONGEST_WAIT = 900
ALLOWED_MS = 5.0
SLOWEST = 99.0


class Look(Record):
    """The nth look at a stage of a release."""

    pipeline: str
    model_version: int
    release: str
    look: int


class Finding(Record):
    """What to do next: `wait` so many seconds, go on (`pass`), roll back (`fail`), or nothing."""

    outcome: Literal["wait", "pass", "fail", "over"]
    wait: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Checker:
    """Compares a model on trial with the champion; `tick` seconds lie between looks at first."""

    registry: Registry
    readings: Readings
    tick: int

    def look(self, look: Look) -> Finding:
        """Look once, and record what was found; over where another release is under way."""
        champion = self._champion(look.pipeline)
        challenge = champion.challenge if champion else None
        if champion is None or challenge is None or challenge.release != look.release:
            return Finding(outcome="over", reason="another release, or a person, took its place")
        contract = self.registry.contract(look.pipeline)
        mine, its = self._subjects(look, champion, challenge)
        record = self.registry.release(look.pipeline, look.release)
        since = record.started_at if record else challenge.since
        seen, beside = self.readings.seen(mine, since), self.readings.seen(its, since)
        level = level_of(look.look)
        checks = [
            check_invalid(seen, level),
            check_failures(self.readings.failures(look.pipeline, challenge.since), level),
            *check_latency(*self._latencies(mine, its, seen, since, level), allowance(contract)),
            *self._of_pairs(look, champion, seen, beside, level),
            *self._of_outcomes(look),
        ]
        finding = self._conclude(contract, challenge, seen, checks)
        self._record(look, challenge, seen, checks, finding)
        return finding

    def _champion(self, pipeline: str) -> ChampionRecord | None:
        try:
            return self.registry.champion(pipeline)
        except NoChampionError:
            return None

    def _subjects(
        self, look: Look, champion: ChampionRecord, challenge: Challenge
    ) -> tuple[Subject, Subject]:
        """The model on trial, and whom it is compared with: who serves, or who served before it."""
        if challenge.stage == "bake":
            before = champion.previous or 0
            return (
                Subject(look.pipeline, "champion", look.model_version),
                Subject(look.pipeline, "champion", before),
            )
        return (
            Subject(look.pipeline, challenge.stage, look.model_version),
            Subject(look.pipeline, "champion", champion.model_version),
        )

    def _latencies(
        self, mine: Subject, its: Subject, seen: Seen, since: str, level: float
    ) -> tuple[float | None, float | None]:
        slow = surely_slow(seen.requests, level)
        if slow is None:
            return None, None
        percent = 100 * (1 - slow / seen.requests)
        return (
            self.readings.latency(mine, since, percent),
            self.readings.latency(its, since, SLOWEST),
        )

    def _of_pairs(
        self, look: Look, champion: ChampionRecord, seen: Seen, beside: Seen, level: float
    ) -> list[Check]:
        """In shadow and canary both models answer the same rows."""
        if champion.model_version == look.model_version:
            return []
        ours = self.registry.model(look.pipeline, look.model_version)
        theirs = self.registry.model(look.pipeline, champion.model_version)
        checks = list(check_constant(seen, beside))
        classes = self.registry.contract(look.pipeline).problem != "regression"
        expected = expect(classes, ours.metrics, theirs.metrics, _measured_beside(ours, theirs))
        return [*checks, *(check_shift(seen, expected, level) if expected else ())]

    def _of_outcomes(self, look: Look) -> list[Check]:
        """What came true meanwhile, of this release's models."""
        trial = self.registry.trial(look.pipeline)
        return list(check_quality(trial)) if trial.get("release") == look.release else []

    def _conclude(
        self, contract: Contract, challenge: Challenge, seen: Seen, checks: list[Check]
    ) -> Finding:
        if failed := [check.detail for check in checks if not check.passed]:
            return Finding(outcome="fail", reason=f"{challenge.stage}: {'; '.join(failed)}")
        elapsed = _seconds_since(challenge.since)
        release, bake = contract.release, contract.release.bake.total_seconds()
        enough = challenge.stage == "shadow" and seen.predictions >= release.shadow
        if enough or elapsed >= bake:
            return Finding(outcome="pass", reason=_lasted(challenge, seen, elapsed))
        wait = min(max(self.tick, int(elapsed / SELDOM)), LONGEST_WAIT)
        return Finding(outcome="wait", wait=max(1, min(wait, round(bake - elapsed))))

    def _record(
        self, look: Look, challenge: Challenge, seen: Seen, checks: list[Check], finding: Finding
    ) -> None:
        record = self.registry.release(look.pipeline, look.release)
        made = {**(record.predictions if record else {}), challenge.stage: int(seen.predictions)}
        changes: dict[str, Any] = {
            "stage": challenge.stage,
            "checks": [check.model_dump(mode="json") for check in checks],
            "predictions": made,
        }
        if finding.reason:
            changes["reason"] = finding.reason
        self.registry.update_release(look.pipeline, look.release, **changes)


def allowance(contract: Contract) -> float:
    """What a row may take anyway, in ms: what the contract says, 5 where it says nothing."""
    said, usual = contract.gate.latency_ms, Gate().latency_ms
    return ALLOWED_MS if said == usual else said


def _measured_beside(ours: ModelRecord, theirs: ModelRecord) -> Agreement | None:
    """How they agreed on test rows, where it was this champion that was measured."""
    known = ours.agreement
    return known if known and known.champion_dataset_version == theirs.dataset_version else None


def _lasted(challenge: Challenge, seen: Seen, elapsed: float) -> str:
    return f"{challenge.stage}: {seen.predictions:.0f} predictions in {elapsed:.0f} s, none amiss"


def _seconds_since(moment: str) -> float:
    then, today = (datetime.fromisoformat(text) for text in (moment, now()))
    return (today.astimezone(UTC) - then.astimezone(UTC)).total_seconds()
