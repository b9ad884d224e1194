"""A release goes from stage to stage, once each, and only while it is the newest."""

import json

import pytest

from release.advance.advance import TAKEN_BACK, Advancer, Ended, Request
from tests.functions.release.conftest import contract
from tidemill.contract import parse_contract
from tidemill.records import ReleaseRecord, now
from tidemill.registry import Registry

APPROVED = "2026-11-02T00:00:00.000Z"
LATER = "2026-11-03T00:00:00.000Z"
PREFIX = "tidemill-dev-"


@pytest.fixture
def advancer(registry: Registry) -> Advancer:
    return Advancer(registry)


def request(version: int = 2, approved_at: str = APPROVED, reason: str = "") -> Request:
    return Request(
        pipeline="shells",
        model_version=version,
        release=f"r{version}",
        approved_at=approved_at,
        reason=reason,
    )


def recorded(advancer: Advancer, version: int = 2) -> ReleaseRecord:
    found = advancer.registry.release("shells", f"r{version}")
    assert found is not None
    return found


def test_a_canary_comes_to_serve_step_by_step(advancer: Advancer) -> None:
    """Shadow, canary, champion, watched; each step may be repeated without effect."""
    registry = advancer.registry
    steps = (advancer.begin, advancer.advance, advancer.advance, advancer.promote)
    assert [step(request()).stage for step in steps] == ["shadow", "canary", "promote", "bake"]
    assert advancer.promote(request()).stage == "bake"
    champion = registry.champion("shells")
    assert (champion.model_version, champion.previous, champion.release) == (2, 1, "r2")
    assert recorded(advancer).state == "running"
    assert advancer.advance(request()).stage == "over"
    assert registry.champion("shells").challenge is None
    assert recorded(advancer).state == "promoted"
    assert recorded(advancer).finished_at is not None


def test_a_step_that_is_repeated_skips_no_stage(advancer: Advancer) -> None:
    """Its first answer was lost: the second is the same, and the canary is not passed over."""
    advancer.begin(request())
    leaves = request().model_copy(update={"leaves": "shadow"})
    assert [advancer.advance(leaves).stage for _ in range(3)] == ["canary"] * 3
    leaves = request().model_copy(update={"leaves": "canary"})
    assert [advancer.advance(leaves).stage for _ in range(2)] == ["promote"] * 2


def test_what_is_rolled_back_by_hand_is_not_promoted_any_more(advancer: Advancer) -> None:
    """Between the end of its canary and its promotion; another approval may bring it."""
    for step in (advancer.begin, advancer.advance, advancer.advance):
        step(request())
    advancer.registry.roll_back("shells", "rollback-1", "odd")
    standing = advancer.promote(request())
    assert (standing.stage, standing.champion) == ("over", 1)
    again = request(approved_at=now()).model_copy(update={"release": "r2-again"})
    assert advancer.promote(again).champion == 2


def test_a_model_approved_twice_comes_to_an_end_twice(advancer: Advancer) -> None:
    """The first approval puts it into service while the second has it tried: no step goes round."""
    for step in (advancer.begin, advancer.advance, advancer.advance):
        step(request())
    again = request(approved_at=LATER).model_copy(update={"release": "r2-again"})
    steps = (advancer.begin, advancer.advance, advancer.advance)
    assert [step(again).stage for step in steps] == ["shadow", "canary", "promote"]
    assert advancer.promote(request()).stage == "over"
    assert advancer.promote(again).stage == "bake"
    assert advancer.advance(again.model_copy(update={"leaves": "bake"})).stage == "over"
    assert {release.state for release in advancer.registry.releases("shells")} == {"promoted"}


def test_a_challenge_says_what_the_model_may_do(advancer: Advancer) -> None:
    """The contract's share; the moment a stage began stays when it is begun again."""
    advancer.begin(request())
    first = advancer.registry.champion("shells").challenge
    assert first is not None
    assert (first.model_version, first.stage, first.share, first.release) == (
        2,
        "shadow",
        0.2,
        "r2",
    )
    advancer.begin(request())
    assert advancer.registry.champion("shells").challenge == first


def test_the_first_model_serves_at_once(advancer: Advancer) -> None:
    """There is nobody to compare it with, and nobody to go back to."""
    registry = Registry(type(advancer.registry._table)())
    registry.put_contract(parse_contract(contract()))
    registry.put_model("shells", advancer.registry.model("shells", 2))
    first = Advancer(registry)
    assert first.begin(request()).stage == "promote"
    assert first.promote(request()).stage == "over"
    assert recorded(first).state == "promoted"


def test_all_at_once_is_watched_too(advancer: Advancer) -> None:
    """No trial before, but a watch after."""
    advancer.registry.put_contract(parse_contract(contract("all_at_once")))
    assert advancer.begin(request()).stage == "promote"
    assert advancer.promote(request()).stage == "bake"


def test_without_a_shadow_the_canary_begins(advancer: Advancer) -> None:
    """`shadow: 0` leaves it out."""
    advancer.registry.put_contract(parse_contract(contract(shadow=0)))
    assert advancer.begin(request()).stage == "canary"


@pytest.mark.parametrize("steps", [1, 2])
def test_a_trial_that_fails_is_taken_back(advancer: Advancer, steps: int) -> None:
    """From shadow or canary: the champion never changed, and the record has the reason."""
    for step in (advancer.begin, advancer.advance)[:steps]:
        step(request())
    standing = advancer.roll_back(request(reason="canary: odd"))
    assert (standing.stage, standing.champion, standing.taken_back) == ("over", 1, True)
    champion = advancer.registry.champion("shells")
    assert (champion.model_version, champion.challenge) == (1, None)
    record = recorded(advancer)
    assert (record.state, record.reason) == ("rolled_back", "canary: odd")
    assert advancer.roll_back(request(reason="canary: odd")).taken_back
    assert advancer.registry.champion("shells") == champion


def test_a_champion_that_fails_while_watched_is_taken_back(advancer: Advancer) -> None:
    """The model before it serves again; an older approval does not put another in its place."""
    for step in (advancer.begin, advancer.advance, advancer.advance, advancer.promote):
        step(request())
    standing = advancer.roll_back(request(reason="bake: odd"))
    assert (standing.champion, standing.previous, standing.taken_back) == (1, None, True)
    assert recorded(advancer).state == "rolled_back"
    assert advancer.promote(request()).champion == 1


def test_an_approval_that_was_taken_back_is_withdrawn(advancer: Advancer) -> None:
    """Told apart from a model that did not hold."""
    advancer.begin(request())
    advancer.roll_back(request(reason=TAKEN_BACK))
    assert recorded(advancer).state == "withdrawn"


def test_a_later_approval_takes_over(advancer: Advancer) -> None:
    """The earlier release ends as overtaken, whatever it asks next, and disturbs nothing."""
    advancer.begin(request())
    assert advancer.begin(request(3, LATER)).stage == "shadow"
    assert advancer.advance(request()).stage == "over"
    assert recorded(advancer).state == "overtaken"
    standing = advancer.roll_back(request(reason="late"))
    assert (standing.stage, standing.taken_back) == ("over", False)
    challenge = advancer.registry.champion("shells").challenge
    assert challenge is not None
    assert challenge.release == "r3"


def test_an_earlier_approval_does_not_take_over(advancer: Advancer) -> None:
    """Events come in any order."""
    advancer.begin(request(3, LATER))
    assert advancer.begin(request()).stage == "over"
    assert recorded(advancer).state == "overtaken"
    assert advancer.registry.champion("shells").challenge is not None


def test_a_watched_champion_that_is_followed_was_promoted(advancer: Advancer) -> None:
    """The next release begins while it is watched: it served all the same."""
    for step in (advancer.begin, advancer.advance, advancer.advance, advancer.promote):
        step(request())
    advancer.begin(request(3, LATER))
    advancer.advance(request())
    assert recorded(advancer).state == "promoted"


def test_a_workflow_that_is_gone_leaves_no_trial(advancer: Advancer) -> None:
    """Aborted or timed out: the model goes off trial, the record says what happened."""
    advancer.begin(request())
    detail = {
        "name": "r2",
        "status": "ABORTED",
        "input": json.dumps({"package_arn": advancer.registry.model("shells", 2).package_arn}),
    }
    advancer.settle(Ended.from_event({"detail": detail}), PREFIX)
    assert advancer.registry.champion("shells").challenge is None
    record = recorded(advancer)
    assert (record.state, record.reason) == ("withdrawn", "ExecutionABORTED: unsaid")
    advancer.settle(Ended.from_event({"detail": {**detail, "name": "unknown"}}), PREFIX)
