"""What comes true of a release's predictions tells how its model does beside the champion."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from monitoring.measure.trial import Scales, Trial
from tests.models import a_model
from tidemill.records import Challenge, ReleaseStage
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

EVALUATION = {
    "task": "regression",
    "metric": "mae",
    "rows": {"test": 500},
    "models": {"challenger": {"test": {"mae": 0.1, "rmse": 0.15}}},
    "comparisons": {},
}
APPROVED = "2026-11-20T09:00:00Z"
NOW, BEFORE, AFTER = (f"2026-11-20T{hour}:00:00.000Z" for hour in ("10", "08", "12"))


@dataclass
class Bench:
    """A champion and a model on trial, of which outcomes come."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    earlier: pa.Table | None = None
    objects: int = 0

    def try_out(self, stage: ReleaseStage) -> None:
        challenge = Challenge(
            model_version=2, stage=stage, share=0.5, release="r2", since=NOW, approved_at=APPROVED
        )
        if stage == "bake":
            self.registry.promote("shells", 2, "approved", APPROVED, challenge)
        else:
            self.registry.challenge("shells", challenge)

    def tell(self, *rows: pa.Table, name: str = "") -> dict[str, Any]:
        """The registry's record after more outcomes became known."""
        self.objects += 1
        trial = Trial.of("shells", self.registry.champion("shells"))
        scales = Scales(self.registry, self.store)
        today = datetime.now(UTC).date().isoformat()
        scales.weigh(
            trial,
            name or f"object {self.objects}",
            pa.concat_tables(rows),
            lambda day: self.earlier if day == today else None,
        )
        return self.registry.trial("shells")


def pairs(model: int, error: float, ids: range, at: str = NOW, told: str = NOW) -> pa.Table:
    """Predictions of 3 by a model that is off by so much, all of them outcomes told."""
    cells = {
        "id": [f"{number:04}" for number in ids],
        "model": [f"shells/{model}"] * len(ids),
        "at": [at] * len(ids),
        "told": [told] * len(ids),
        "value": [str(3 + error)] * len(ids),
        "outcome": ["3"] * len(ids),
    }
    return pa.table(cells)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    for version in (1, 2):
        model = a_model(version)
        made.registry.put_model("shells", model)
    made.store.write("s3://models/1/evaluation.json", json.dumps(EVALUATION).encode())
    made.registry.promote("shells", 1, "approved", "2026-11-01T00:00:00Z")
    return made


def test_answers_to_the_same_ids_are_compared(bench: Bench) -> None:
    """In the shadow both answer; losses are shares of ten times what the champion's test shows."""
    bench.try_out("shadow")
    found = bench.tell(pairs(1, 0.1, range(40)), pairs(2, 0.2, range(10, 30)))
    wager = found["wager"]
    assert (found["release"], found["scale"], wager["rows"]) == ("r2", 1.0, 20)
    assert (wager["ours"], wager["theirs"]) == pytest.approx((4.0, 2.0))
    assert {place: len(losses) for place, losses in found["waiting"].items()} == {"theirs 0": 20}


def test_a_canary_is_compared_with_what_others_were_answered(bench: Bench) -> None:
    """However few are told at a time, and whoever's outcome comes first."""
    bench.try_out("canary")
    for number in range(30):
        model, error = (2, 0.5) if number % 3 == 0 else (1, 0.1)
        found = bench.tell(pairs(model, error, range(number, number + 1)))
    assert found["wager"]["rows"] == 10
    assert found["wager"]["ours"] == pytest.approx(5.0)


def test_early_outcomes_are_compared_with_early_ones(bench: Bench) -> None:
    """Those told at once may be of another kind than those told hours later."""
    bench.try_out("canary")
    found = bench.tell(pairs(1, 0.9, range(10), told=AFTER), pairs(2, 0.1, range(20, 30)))
    assert found["wager"]["rows"] == 0
    assert bench.tell(pairs(1, 0.1, range(40, 45)))["wager"]["rows"] == 5


def test_a_new_champion_is_compared_with_the_one_before(bench: Bench) -> None:
    """With the newest outcomes of it, where the two never answered side by side."""
    bench.try_out("bake")
    bench.earlier = pairs(1, 0.1, range(400), at=BEFORE, told=BEFORE)
    found = bench.tell(pairs(2, 0.9, range(500, 560)))
    assert found["wager"]["rows"] == 60
    assert found["wager"]["most"] > 7
    assert len(found["waiting"]["theirs 0"]) == 240


def test_what_is_told_twice_counts_once(bench: Bench) -> None:
    """And predictions from before the release do not count at all."""
    bench.try_out("shadow")
    both = pairs(1, 0.1, range(10)), pairs(2, 0.1, range(10))
    assert bench.tell(*both, name="one") == bench.tell(*both, name="one")
    old = bench.tell(*(pairs(model, 0.1, range(50), at=BEFORE) for model in (1, 2)))
    assert old["wager"]["rows"] == 10


def test_rows_of_files_are_compared_with_nothing(bench: Bench) -> None:
    """No challenger answers any, and they need not be like requests."""
    bench.try_out("canary")
    requests, files = (pa.array([name] * 20, pa.string()) for name in (None, "file"))
    found = bench.tell(
        pairs(2, 0.1, range(20)).append_column("batch", requests),
        pairs(1, 0.9, range(20, 40)).append_column("batch", files),
    )
    assert (found["wager"]["rows"], set(found["waiting"])) == (0, {"ours 0"})


def test_another_release_begins_anew(bench: Bench) -> None:
    """And without a trial nothing is kept."""
    assert bench.tell(pairs(1, 0.1, range(10))) == {}
    bench.try_out("shadow")
    bench.tell(pairs(1, 0.1, range(10)), pairs(2, 0.1, range(10)))
    later = Challenge(
        model_version=2, stage="shadow", share=1, release="r3", since=NOW, approved_at=AFTER
    )
    bench.registry.challenge("shells", later)
    rows = (pairs(model, 0.1, range(3), at=AFTER, told=AFTER) for model in (1, 2))
    found = bench.tell(*rows)
    assert (found["release"], found["wager"]["rows"]) == ("r3", 3)
