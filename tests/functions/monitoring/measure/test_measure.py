"""Outcomes find their predictions, whichever comes first and however late."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from monitoring.measure.estimating import Known
from monitoring.measure.measure import Measurer
from tests.tested import logistic, put_tested
from tidemill.contract import parse_contract
from tidemill.events import HarmFound, InMemoryBus
from tidemill.outcomes import write_outcomes
from tidemill.records import Challenge
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: old
metric: accuracy
sources: {rows: {columns: {length: {type: float}, sex: {type: category}, old: {type: bool}}}}
gate: {slices: {sex: 10%}}
"""
DAY = "2026-11-20"
EVALUATION = {
    "task": "binary",
    "metric": "accuracy",
    "rows": {"test": 2_000},
    "models": {"challenger": {"test": {"brier": 0.16, "accuracy": 0.8}}},
    "comparisons": {},
}
# The model answers 0.8 to these, rightly.
LENGTH = math.log(4)
TESTED = [{"length": LENGTH, "sex": "MF"[n % 2], "old": n % 10 < 8} for n in range(2_000)]


@dataclass
class Room:
    """A measurer over fakes, and the predictions and outcomes it is told."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)
    known: dict[str, Known] = field(default_factory=dict)
    objects: int = 0

    @property
    def measurer(self) -> Measurer:
        return Measurer(self.registry, self.store, self.bus, "s3://capture", self.known)

    def predict(self, ids: range, day: str = DAY, **changes: Any) -> Any:  # noqa: ANN401
        """Rows answered `true` at 0.8, every other one of another sex."""
        lines = [
            {
                "pipeline": "shells",
                "model": "shells/1",
                "variant": "champion",
                "at": f"{day}T10:00:00+00:00",
                "key": f"shells/1/{number}",
                "features": {"length": 1.5, "sex": "MF"[number % 2]},
                "id": str(number),
                "value": True,
                "probabilities": {"false": 0.2, "true": 0.8},
                **changes,
            }
            for number in ids
        ]
        body = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        return self.measurer.see_predictions(self._next(), body)

    def tell(self, ids: range, truth: Any = True, at: str = "2026-11-21", uri: str = "") -> Any:  # noqa: ANN401
        """Outcomes, all the same, or by a function of the number."""
        said = truth if callable(truth) else lambda _: truth
        pairs = [(str(number), str(bool(said(number))).lower()) for number in ids]
        body = write_outcomes("shells", pairs, at)
        return self.measurer.see_outcomes(uri or self._next(), body)

    def scores(self, **wanted: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Of all days, those of the whole variant or as wanted."""
        wanted = {"slice": None, **wanted}
        days = self.registry.quality("shells", "realised")
        every = [score | {"window": day["window"]} for day in days for score in day["scores"]]
        return [score for score in every if wanted.items() <= score.items()]

    def _next(self) -> str:
        self.objects += 1
        return f"s3://capture/objects/{self.objects}"


@pytest.fixture
def room() -> Room:
    """A pipeline whose champion answers with chances."""
    made = Room()
    made.registry.put_contract(parse_contract(CONTRACT))
    put_tested(made.registry, made.store, logistic(), pa.Table.from_pylist(TESTED))
    made.registry.promote("shells", 1, "approved")
    made.store.write("s3://models/1/evaluation.json", json.dumps(EVALUATION).encode())
    return made


@pytest.mark.parametrize("outcomes_first", [False, True])
def test_which_comes_first_does_not_matter(room: Room, *, outcomes_first: bool) -> None:
    """The score is of the day of the prediction, and the same either way."""
    steps = [lambda: room.predict(range(100)), lambda: room.tell(range(80), lambda n: n % 4)]
    for step in reversed(steps) if outcomes_first else steps:
        step()
    (score,) = room.scores()
    assert (score["window"], score["rows"], score["value"]) == (DAY, 80, 0.75)
    assert score["low"] < 0.75 < score["high"]
    assert (score["variant"], score["model"]) == ("champion", "shells/1")


def test_the_newest_value_of_an_id_wins(room: Room) -> None:
    """However often and in whatever order it is told."""
    room.predict(range(40))
    room.tell(range(40), truth=False, at="2026-11-22")
    room.tell(range(40), truth=True, at="2026-11-21")
    assert room.scores()[0]["value"] == 0.0
    room.tell(range(40), truth=True, at="2026-11-23")
    (score,) = room.scores()
    assert (score["rows"], score["value"]) == (40, 1.0)


def test_what_is_told_twice_counts_once(room: Room) -> None:
    """A delivery that comes again, and an id that was asked again."""
    room.predict(range(60))
    room.predict(range(60))
    for _ in range(2):
        room.tell(range(60), uri="s3://capture/outcomes/shells/one.jsonl")
    assert room.scores()[0]["rows"] == 60
    assert room.registry.kept_promise("shells")["sums"]["rows"] == 60


def test_outcomes_are_counted_with_how_many_found_their_prediction(room: Room) -> None:
    """Whichever comes first; a delivery that comes again, and a correction, add nothing."""
    counted = room.registry.outcomes
    assert counted("shells") == {}
    room.predict(range(60))
    for _ in range(2):
        room.tell(range(20, 100), uri="s3://capture/outcomes/shells/one.jsonl")
        assert (counted("shells")["told"], counted("shells")["joined"]) == (80, 40)
    room.tell(range(30, 60), truth=False, at="2026-11-22")
    assert (counted("shells")["told"], counted("shells")["joined"]) == (80, 40)
    room.predict(range(60, 70))
    room.predict(range(60, 70))
    room.predict(range(100), variant="shadow", model="shells/2")
    assert (counted("shells")["told"], counted("shells")["joined"]) == (80, 50)
    room.tell(range(1_000, 1_400))
    assert (counted("shells")["told"], counted("shells")["joined"]) == (480, 50)


def test_slices_variants_and_days_are_told_apart(room: Room) -> None:
    """Each variant and model of each day, and the columns that the gate bounds."""
    room.predict(range(100))
    room.predict(range(100, 200), day="2026-11-19", variant="shadow", model="shells/2")
    room.tell(range(200), lambda n: n % 2)
    found = {(s["window"], s["variant"], s["model"]): s["value"] for s in room.scores()}
    assert found == {(DAY, "champion", "shells/1"): 0.5, ("2026-11-19", "shadow", "shells/2"): 0.5}
    sliced = {s["slice"]: s["value"] for s in room.scores(slice="sex = F", variant="champion")}
    assert sliced == {"sex = F": 1.0}
    assert room.scores(slice="sex = M", variant="shadow")[0]["value"] == 0.0


def test_joins_survive_that_files_are_merged(room: Room) -> None:
    """Many objects become few, and every id is found in them."""
    for part in range(20):
        room.predict(range(part * 10, part * 10 + 10))
    files = [uri for uri in room.store.objects if "/predictions/" in uri]
    assert len(files) < 10
    for part in range(20):
        room.tell(range(part * 10, part * 10 + 10))
    assert room.scores()[0]["rows"] == 200


def test_a_broken_promise_is_seen_and_a_kept_one_is_not(room: Room) -> None:
    """Answers at 0.8 that come true four times of five are as the test said; half are not."""
    rng = np.random.default_rng(0)
    right = rng.random(3_000) < 0.8
    room.predict(range(3_000))
    assert not room.tell(range(1_500), lambda n: right[n])[0].broken
    wrong = rng.random(3_000) < 0.4
    assert not room.bus.published
    for _ in range(2):
        uri = "s3://capture/outcomes/shells/late.jsonl"
        assert room.tell(range(1_500, 3_000), lambda n: wrong[n], uri=uri)[0].broken
    (event,) = room.bus.published
    assert isinstance(event, HarmFound)
    assert (event.model_version, event.basis) == (1, "outcomes")


def test_what_a_shadow_answered_is_weighed_beside_the_champion(room: Room) -> None:
    """Outcomes of the same ids tell of both, whichever of them was captured first."""
    second = room.registry.model("shells", 1).model_copy(update={"model_version": 2})
    room.registry.put_model("shells", second)
    trial: Any = {"stage": "shadow", "share": 1.0, "release": "r2", "since": ""}
    room.registry.challenge("shells", Challenge(model_version=2, approved_at="2099", **trial))
    shadow = {"variant": "shadow", "model": "shells/2", "value": False}
    chances = {"probabilities": {"false": 0.8, "true": 0.2}}
    room.predict(range(100), "2099-01-02", **shadow, **chances)
    room.predict(range(100), "2099-01-02")
    room.tell(range(100), at="2099-01-02T11:00:00Z")
    found = room.registry.trial("shells")
    wager = found["wager"]
    assert (found["release"], found["loss"], wager["rows"]) == ("r2", "brier", 100)
    assert (wager["ours"], wager["theirs"]) == pytest.approx((64.0, 4.0))


def test_a_day_is_estimated_without_outcomes(room: Room) -> None:
    """By the answers' own chances; of a change in them harm follows, and it is told once."""
    (found,) = room.predict(range(500))
    assert (round(found.value, 2), found.broken) == (0.8, False)
    (day,) = room.registry.quality("shells", "estimated")
    assert (day["window"], day["rows"], day["metric"]) == (DAY, 500, "accuracy")
    assert day["low"] < 0.8 < day["high"]
    unsure = {"probabilities": {"false": 0.45, "true": 0.55}}
    for start in (1_000, 2_000):
        (found,) = room.predict(range(start, start + 1_000), day="2026-11-21", **unsure)
    assert found.broken
    (event,) = room.bus.published
    assert isinstance(event, HarmFound)
    assert (event.basis, event.change) == ("estimate", "data")


def test_a_champion_is_read_once(room: Room) -> None:
    """As long as a process lives; one that cannot be estimated is tried again."""
    room.store.delete_versions("s3://models/1/artifact.tidemill")
    assert room.predict(range(100)) == []
    assert "cannot be read" in room.registry.estimation("shells")["reason"]
    room.store.write("s3://models/1/artifact.tidemill", logistic())
    assert room.predict(range(100, 200))
    room.store.delete_versions("s3://models/1/artifact.tidemill")
    assert room.predict(range(200, 300))
    assert room.registry.estimation("shells")["reason"] == ""
    room.known.clear()
    assert room.predict(range(300, 400)) == []
