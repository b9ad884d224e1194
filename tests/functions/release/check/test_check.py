"""One look at a release: what to do next, and what is recorded."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from release.check.check import Checker, Finding, Look
from release.check.seen import Failures, InMemoryReadings, Seen, Subject
from tests.functions.release.conftest import contract, model
from tidemill.contract import parse_contract
from tidemill.records import Challenge, ReleaseRecord, ReleaseStage
from tidemill.registry import Registry
from tidemill.wager import Wager

LOOK = Look(pipeline="shells", model_version=2, release="r2", look=1)
SHADOW, CANARY = (Subject("shells", variant, 2) for variant in ("shadow", "canary"))
CHAMPION = Subject("shells", "champion", 1)
FINE = Seen(predictions=200, requests=200, differences=0, squares=50, fourths=30, low=1, high=9)
BESIDE = Seen(predictions=1000, requests=1000, low=1, high=9)
QUICK = [0.01] * 200


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def begin(registry: Registry, stage: ReleaseStage, seconds: float = 1) -> None:
    """A release that came to its stage so long ago."""
    registry.claim_release(
        "shells", ReleaseRecord(release="r2", model_version=2, started_at=ago(seconds))
    )
    challenge = Challenge(
        model_version=2,
        stage=stage,
        share=0.2,
        release="r2",
        since=ago(seconds),
        approved_at=ago(0),
    )
    if stage == "bake":
        registry.promote("shells", 2, "approved", ago(0), challenge)
    else:
        registry.challenge("shells", challenge)


def look(registry: Registry, readings: InMemoryReadings, number: int = 1) -> Finding:
    asked = LOOK.model_copy(update={"look": number})
    return Checker(registry, readings, tick=15).look(asked)


def readings(
    subject: Subject, seen: Seen = FINE, latencies: list[float] = QUICK
) -> InMemoryReadings:
    return InMemoryReadings(
        {subject: seen, CHAMPION: BESIDE}, {subject: latencies, CHAMPION: QUICK * 5}
    )


def test_a_shadow_is_over_when_enough_was_seen(registry: Registry) -> None:
    """A hundred predictions; what was found stands in the record."""
    begin(registry, "shadow")
    assert look(registry, readings(SHADOW)).outcome == "pass"
    record = registry.release("shells", "r2")
    assert record is not None
    assert (record.stage, record.predictions) == ("shadow", {"shadow": 200})
    names = {check.name for check in record.checks}
    assert names == {
        "invalid_predictions", "api_errors", "latency_ms", "constant", "shift", "distance"
    }  # fmt: skip
    assert all(check.passed for check in record.checks)


def test_without_traffic_a_shadow_ends_with_time(registry: Registry) -> None:
    """And says on how little it went on."""
    begin(registry, "shadow", 30)
    assert look(registry, InMemoryReadings()).outcome == "wait"
    registry.end_challenge("shells", "r2")
    begin(registry, "shadow", 601)
    found = look(registry, InMemoryReadings())
    assert (found.outcome, found.reason) == ("pass", "shadow: 0 predictions in 601 s, none amiss")


@pytest.mark.parametrize("stage", ["canary", "bake"])
def test_a_canary_and_a_new_champion_bake(registry: Registry, stage: ReleaseStage) -> None:
    """However many predictions there are; looked at less and less often."""
    subject = CANARY if stage == "canary" else Subject("shells", "champion", 2)
    begin(registry, stage, 401)
    found = look(registry, readings(subject), 9)
    assert (found.outcome, found.wait) == ("wait", 20)
    registry.put_contract(parse_contract(contract().replace("10m", "6m")))
    assert look(registry, readings(subject), 9).outcome == "pass"


@pytest.mark.parametrize(
    ("seen", "latencies", "word"),
    [
        (Seen(invalid=20), [], "could not be given"),
        (FINE, [50.0] * 200, "ms a row"),
        (Seen(200, 0, 200, 0, 50, 30, 0, 5, 5), QUICK, "between 5 and 5"),
        (Seen(200, 0, 200, 1000, 5050, 130_000, 0, 6, 14), QUICK, "differ from the champion's"),
    ],
    ids=["throws", "slow", "constant", "shifted"],
)
@pytest.mark.parametrize("stage", ["shadow", "canary"])
def test_what_does_not_hold_fails_with_its_reason(
    registry: Registry, stage: ReleaseStage, seen: Seen, latencies: list[float], word: str
) -> None:
    """At the first look at it."""
    begin(registry, stage)
    subject = Subject("shells", stage, 2)
    found = look(registry, readings(subject, seen, latencies))
    assert found.outcome == "fail"
    assert found.reason.startswith(stage)
    assert word in found.reason
    record = registry.release("shells", "r2")
    assert record is not None
    assert not all(check.passed for check in record.checks)


@pytest.mark.parametrize(
    ("failures", "said"),
    [
        (Failures(10, 90, 0, 5000), "10 of 100 requests of the pipeline failed"),
        (Failures(0, 100, 100, 1000), "100 of 1000 of the API died"),
    ],
)
def test_an_api_that_fails_stops_a_release(
    registry: Registry, failures: Failures, said: str
) -> None:
    """Ten of a hundred requests, of the pipeline or for no known reason, whatever else is shown."""
    begin(registry, "canary")
    found = readings(CANARY)
    found.api = Failures(0, 100, 0, 5000)
    assert look(registry, found).outcome != "fail"
    found.api = failures
    assert said in look(registry, found).reason


@pytest.mark.parametrize("stage", ["shadow", "canary", "bake"])
def test_what_came_true_stops_a_release(registry: Registry, stage: ReleaseStage) -> None:
    """Where outcomes say it is surely worse; of another release they say nothing."""
    begin(registry, stage)
    subject = Subject("shells", "champion" if stage == "bake" else stage, 2)

    def say(release: str, ours: float, rows: int) -> None:
        wager = asdict(Wager().add([(ours, 0.2)] * rows))
        said = {"release": release, "loss": "absolute_error", "scale": 5.0, "wager": wager}
        registry.update_trial("shells", lambda _: said)

    for release, ours, rows in (("r1", 0.9, 60), ("r2", 0.205, 600), ("r2", 0.9, 5)):
        say(release, ours, rows)
        assert look(registry, readings(subject)).outcome != "fail"
    say("r2", 0.9, 60)
    found = look(registry, readings(subject))
    assert found.outcome == "fail"
    assert "its mean loss (absolute_error) is 4.5 and the champion's 1" in found.reason
    record = registry.release("shells", "r2")
    assert record is not None
    quality = next(check for check in record.checks if check.name == "quality")
    assert (quality.value, quality.bound) == pytest.approx((4.5, 1.05))


def test_a_release_that_is_no_longer_on_trial_is_over(registry: Registry) -> None:
    """Another one took its place, a person rolled back, or nothing serves any more."""
    assert look(registry, InMemoryReadings()).outcome == "over"
    registry.put_model("stones", model(1))
    asked = LOOK.model_copy(update={"pipeline": "stones"})
    assert Checker(registry, InMemoryReadings(), 15).look(asked).outcome == "over"
    begin(registry, "shadow")
    registry.roll_back("shells", "rollback-1", "a drill")
    assert look(registry, readings(SHADOW)).outcome == "over"
