"""Who serves and who is on trial stand in one record, and each change of it is told apart."""

import pytest

from tests.functions.inference.conftest import Service
from tidemill.errors import NoChampionError, NothingToRollBackError, UnknownModelError
from tidemill.records import Challenge, ReleaseStage, now
from tidemill.registry import Registry


@pytest.fixture
def registry() -> Registry:
    """Version 2 serves, 1 did before it, 3 and 4 are registered."""
    service = Service()
    service.accept()
    for version in (1, 2):
        service.model(version)
    for version in (3, 4):
        service.register(version)
    return service.registry


def trial(version: int, stage: ReleaseStage = "canary", approved_at: str = "") -> Challenge:
    return Challenge(
        model_version=version,
        stage=stage,
        share=0.1,
        release=f"r{version}",
        since=now(),
        approved_at=approved_at or now(),
    )


def test_a_model_is_on_trial_until_it_is_not(registry: Registry) -> None:
    """The champion stays; ending the trial of another release changes nothing."""
    registry.challenge("shells", trial(3))
    registry.end_challenge("shells", "r4")
    challenge = registry.champion("shells").challenge
    assert challenge is not None
    assert challenge.model_version == 3
    registry.end_challenge("shells", "r3")
    champion = registry.champion("shells")
    assert (champion.model_version, champion.challenge) == (2, None)
    registry.end_challenge("stones", "r3")


def test_only_a_registered_model_of_a_pipeline_that_serves_is_tried(registry: Registry) -> None:
    """Anything else would be a trial of nothing, or beside nobody."""
    with pytest.raises(UnknownModelError):
        registry.challenge("shells", trial(9))
    registry.put_model("stones", registry.model("shells", 3))
    with pytest.raises(NoChampionError):
        registry.challenge("stones", trial(3))


def test_the_latest_approval_is_tried(registry: Registry) -> None:
    """Whichever event comes first."""
    registry.challenge("shells", trial(4, approved_at="2099-01-02"))
    registry.challenge("shells", trial(3, approved_at="2099-01-01"))
    challenge = registry.champion("shells").challenge
    assert challenge is not None
    assert challenge.model_version == 4


def test_a_promotion_ends_its_trial_and_no_later_one(registry: Registry) -> None:
    """Whoever was approved later goes on being tried, beside the new champion."""
    registry.challenge("shells", trial(3, approved_at="2099-01-01"))
    registry.promote("shells", 3, "approved", "2099-01-01")
    assert registry.champion("shells").challenge is None
    registry.challenge("shells", trial(4, approved_at="2099-01-03"))
    champion = registry.promote("shells", 2, "approved", "2099-01-02")
    assert champion.model_version == 2
    assert champion.challenge is not None
    assert champion.challenge.model_version == 4


def test_there_is_one_step_back(registry: Registry) -> None:
    """First a trial ends, then the champion before serves, then there is nothing more."""
    registry.challenge("shells", trial(3))
    assert registry.roll_back("shells", "a", "odd").model_version == 2
    champion = registry.roll_back("shells", "b", "odd")
    assert (champion.model_version, champion.previous, champion.reason) == (1, None, "odd")
    assert registry.roll_back("shells", "b", "odd") == champion
    with pytest.raises(NothingToRollBackError):
        registry.roll_back("shells", "c", "odd")
    with pytest.raises(NoChampionError):
        registry.roll_back("stones", "c", "odd")


def test_a_release_takes_back_nothing_but_itself(registry: Registry) -> None:
    """However late it comes to that."""
    registry.challenge("shells", trial(4))
    before = registry.champion("shells")
    assert registry.roll_back("shells", "r3", "odd", "r3") == before
    assert registry.roll_back("shells", "r4", "odd", "r4").challenge is None


def test_what_was_approved_before_a_rollback_stays_away(registry: Registry) -> None:
    """A promotion that is repeated does not bring back what was taken."""
    approved = registry.champion("shells").approved_at
    registry.roll_back("shells", "a", "odd")
    assert registry.promote("shells", 2, "approved", approved).model_version == 1
