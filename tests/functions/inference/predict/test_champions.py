"""Which model answers: the champion, soon after it was promoted, and only as registered."""

import pytest

from inference.predict.champions import MOST_ARTIFACTS, Champions
from tests.functions.inference.conftest import Service, artifact_bytes
from tidemill.errors import ArtifactError, NoChampionError, UnknownPipelineError


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def champions(service: Service, clock: Clock) -> Champions:
    return Champions(service.registry, service.store, 5.0, clock)


def test_a_promotion_is_seen_within_seconds(
    service: Service, champions: Champions, clock: Clock
) -> None:
    """Not before the time it is kept for has passed, and then without a deployment."""
    service.model(1)
    assert champions.of("shells").name == "shells/1"
    service.model(2)
    clock.seconds = 4.9
    assert champions.of("shells").name == "shells/1"
    clock.seconds = 5.0
    champion = champions.of("shells")
    assert champion.name == "shells/2"
    assert champion.artifact.predict([{"length": 1.0}])[0].value == 2.0


def test_the_first_champion_is_seen_at_once(service: Service, champions: Champions) -> None:
    """That there is none is not kept."""
    with pytest.raises(NoChampionError):
        champions.of("shells")
    service.model(1)
    assert champions.of("shells").name == "shells/1"


def test_an_unknown_pipeline_is_told_from_an_empty_one(champions: Champions) -> None:
    """Each under its own name."""
    with pytest.raises(UnknownPipelineError):
        champions.of("stones")


def test_an_altered_artifact_is_refused(service: Service, champions: Champions) -> None:
    """Bytes that are not those registered never answer, even where they are a good model."""
    service.model(1)
    service.store.write("s3://models/1.tidemill", artifact_bytes(99.0))
    with pytest.raises(ArtifactError, match="is not what was registered"):
        champions.of("shells")


def test_an_artifact_is_read_once_while_it_is_used(
    service: Service, champions: Champions, clock: Clock
) -> None:
    """As long as it is among the last few."""
    service.model(1)
    first = champions.of("shells").artifact
    clock.seconds = 100
    assert champions.of("shells").artifact is first
    for version in range(2, MOST_ARTIFACTS + 2):
        service.model(version)
        clock.seconds += 100
        champions.of("shells")
    service.registry.promote("shells", 1, "rollback")
    clock.seconds += 100
    assert champions.of("shells").artifact is not first
