"""Which model answers: the champion, soon after it was promoted, and only as registered."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import pytest

from inference.predict.champions import BROKEN_SECONDS, Champions, Keeping
from inference.predict.loading import Loader
from tests.functions.inference.conftest import Service, artifact_bytes
from tidemill.errors import (
    ArtifactError,
    ModelUnavailableError,
    NoChampionError,
    ServiceError,
    UnknownPipelineError,
)
from tidemill.serving import ServingRecords
from tidemill.table import InMemoryTable, Item


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Told:
    """What was reported."""

    faults: list[Exception] = field(default_factory=list)

    def __call__(self, pipeline: str, fault: Exception) -> None:
        assert pipeline == "shells"
        self.faults.append(fault)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def champions(service: Service, clock: Clock, told: Told) -> Champions:
    return Champions(service.loader, Keeping(5.0), told, clock)


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


def alter(service: Service) -> None:
    service.store.write("s3://models/2.tidemill", artifact_bytes(99.0))


def lose(service: Service) -> None:
    del service.store.objects["s3://models/2.tidemill"]


def forge(service: Service) -> None:
    """Another registered file under the record of this version."""
    one, two = (f"model#00000{version}" for version in (1, 2))
    document = service.table.get("shells", one).document  # type: ignore[union-attr]
    revision = service.table.get("shells", two).revision  # type: ignore[union-attr]
    service.table.put("shells", two, document, expect=revision)


def disown(service: Service) -> None:
    """A record without a signature."""
    found = service.table.get("shells", "model#000002")
    assert found is not None
    document = {**found.document, "artifact_mac": ""}
    service.table.put("shells", "model#000002", document, expect=found.revision)


BREAKS = [alter, lose, forge, disown]


@pytest.mark.parametrize("spoil", BREAKS)
def test_a_champion_that_cannot_be_used_leaves_the_one_before_it(
    service: Service,
    champions: Champions,
    clock: Clock,
    told: Told,
    spoil: Callable[[Service], None],
) -> None:
    """Loaded or not; it is told of once in half a minute, and tried again then."""
    service.model(1)
    service.model(2)
    spoil(service)
    for _ in range(3):
        assert champions.of("shells").name == "shells/1"
    assert len(told.faults) == 1
    clock.seconds = BROKEN_SECONDS
    assert champions.of("shells").name == "shells/1"
    assert len(told.faults) == 2


@pytest.mark.parametrize("spoil", BREAKS)
def test_with_nothing_before_it_there_is_no_answer(
    service: Service, champions: Champions, told: Told, spoil: Callable[[Service], None]
) -> None:
    """What is not as it was registered never answers, even where it is a good model."""
    service.model(1)
    service.model(2)
    spoil(service)
    del service.store.objects["s3://models/1.tidemill"]
    with pytest.raises(ModelUnavailableError, match="shells/2"):
        champions.of("shells")
    assert len(told.faults) == 2


def test_a_model_of_another_pipeline_is_refused(service: Service, told: Told) -> None:
    """Even where it is registered and vouched for under this name."""
    service.model(1, artifact_bytes(pipeline="stones"))
    with pytest.raises(ModelUnavailableError):
        Champions(service.loader, Keeping(5.0), told).of("shells")
    (fault,) = told.faults
    assert isinstance(fault, ArtifactError)


def test_no_byte_is_parsed_before_it_is_vouched_for(service: Service, told: Told) -> None:
    """A file that nobody signed is not even fetched."""
    service.model(1)
    disown_first = service.table.get("shells", "model#000001")
    assert disown_first is not None
    service.table.put(
        "shells", "model#000001", {**disown_first.document, "artifact_mac": "AAAA"}, expect=1
    )
    service.store.objects.clear()
    with pytest.raises(ModelUnavailableError):
        Champions(service.loader, Keeping(5.0), told).of("shells")
    assert "nobody vouches" in str(told.faults[0])


class Outage(InMemoryTable):
    """A table that can be out of reach."""

    down = False

    def get(self, pipeline: str, record: str) -> Item | None:
        if self.down:
            raise ServiceError("dynamodb does not answer")
        return super().get(pipeline, record)


def test_an_outage_of_the_registry_stops_nobody_who_is_served(clock: Clock, told: Told) -> None:
    """The last champion known goes on; where none is known, the answer is to come back later."""
    table = Outage()
    service = Service(table=table)
    service.accept()
    service.model(1)
    champions = Champions(service.loader, Keeping(5.0), told, clock)
    assert champions.of("shells").name == "shells/1"
    table.down, clock.seconds = True, 60
    assert champions.of("shells").name == "shells/1"
    assert champions.of("shells").name == "shells/1"
    assert len(told.faults) == 1
    with pytest.raises(ModelUnavailableError):
        Champions(service.loader, Keeping(5.0), told, clock).of("shells")


def test_artifacts_are_held_within_their_bytes(service: Service, clock: Clock, told: Told) -> None:
    """Those used last stay; one that is larger than the bound is held alone."""
    service.model(1)
    size = len(artifact_bytes(1.0))
    champions = Champions(service.loader, Keeping(5.0, 3 * size + 50), told, clock)
    first = champions.of("shells").artifact
    clock.seconds = 100
    assert champions.of("shells").artifact is first
    for version in range(2, 5):
        service.model(version)
        clock.seconds += 100
        champions.of("shells")
    service.registry.promote("shells", 1, "rollback")
    clock.seconds += 100
    assert champions.of("shells").artifact is not first
    tiny = Champions(service.loader, Keeping(5.0, 1), told, clock)
    assert tiny.of("shells") is tiny.of("shells")


def test_a_promotion_under_load_drops_and_mixes_nothing(service: Service, told: Told) -> None:
    """Every answer is wholly of the model it names, and each thread sees versions in order."""
    service.model(1)
    champions = Champions(Loader(ServingRecords(service.table), service.store, service.signer),
                          Keeping(0.0, 2 * len(artifact_bytes())), told)  # fmt: skip
    stop = Event()

    def ask() -> list[int]:
        seen = []
        while not stop.is_set():
            champion = champions.of("shells")
            version = int(champion.name.rpartition("/")[2])
            (answer,) = champion.artifact.predict([{"length": 3.0}])
            assert answer.value == 3.0 * version
            seen.append(version)
        return seen

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask) for _ in range(4)]
        for version in range(2, 30):
            service.model(version)
        stop.set()
        answers = [each.result() for each in asking]
    assert told.faults == []
    assert all(seen == sorted(seen) for seen in answers)
