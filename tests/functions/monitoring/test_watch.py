"""What is compared, when, and that nothing is counted twice."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from monitoring.watch.watch import Watcher, profile_rows
from tidemill.contract import parse_contract
from tidemill.events import DriftDetected, DropRecorded, InMemoryBus
from tidemill.profile import ColumnProfile, Profile
from tidemill.records import DatasetRecord, DropRecord, ModelRecord, Verdict
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: rings
sources: {rows: {columns: {length: {type: float}, sex: {type: category}, rings: {type: int}}}}
monitor: {drift: {window: 100}}
"""
CALM = [{"length": n / 100, "sex": "MF"[n % 2], "rings": n} for n in range(100)]
SHIFTED = [row | {"length": float(row["length"]) + 5} for row in CALM]  # type: ignore[arg-type]
TARGET_ONLY = [row | {"rings": 9999} for row in CALM]


def profile_of(rows: list[Any]) -> str:
    columns = {
        "length": ColumnProfile.of_cells("number", [row["length"] for row in rows]),
        "sex": ColumnProfile.of_cells("category", [row["sex"] for row in rows]),
        "rings": ColumnProfile.of_cells("number", [row["rings"] for row in rows]),
    }
    return Profile(rows=len(rows), columns=columns).model_dump_json()


@dataclass
class Watch:
    """A watcher over fakes, and the drops and captures it is shown."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)

    @property
    def watcher(self) -> Watcher:
        return Watcher(self.registry, self.store, self.bus)

    def promote(self) -> None:
        self.store.write("s3://data/baseline.json", profile_of(CALM * 10).encode())
        dataset = DatasetRecord(
            dataset_version="v1",
            contract_version="c",
            drops=("old",),
            channels={},
            rows={},
            profile_uri="s3://data/baseline.json",
            contract_uri="",
            created_at="",
        )
        self.registry.put_dataset("shells", dataset)
        model = ModelRecord(
            model_version=1,
            package_arn="",
            run="",
            dataset_version="v1",
            contract_version="c",
            artifact_uri="",
            artifact_sha256="",
            report_uri="",
            profile_uri="s3://data/baseline.json",
            created_at="",
            metrics={},
            verdict=Verdict(passed=True, reasons=()),
        )
        self.registry.put_model("shells", model)
        self.registry.promote("shells", 1, "approved")

    def see_drop(self, rows: list[Any], drop_id: str = "new", state: Any = "accepted") -> Any:  # noqa: ANN401
        uri = f"s3://data/{drop_id}.json"
        self.store.write(uri, profile_of(rows).encode())
        drop = DropRecord(
            drop_id=drop_id,
            pipeline="shells",
            source="rows",
            uri=uri,
            version_id=None,
            etag="",
            sequencer="",
            size=1,
            landed_at="",
            recorded_at="",
            state=state,
            profile_uri=uri,
        )
        self.registry.put_drop(drop)
        event = DropRecorded(pipeline="shells", drop_id=drop_id, source="rows", state=state)
        return self.watcher.see_drop(event)

    def see(self, uri: str, rows: list[Any], pipeline: str = "shells") -> Any:  # noqa: ANN401
        lines = [json.dumps({"pipeline": pipeline, "features": row}).encode() for row in rows]
        return self.watcher.see_predictions(uri, [*lines, b""])


@pytest.fixture
def watch() -> Watch:
    """A pipeline with a champion."""
    made = Watch()
    made.registry.put_contract(parse_contract(CONTRACT))
    made.promote()
    return made


def test_a_shifted_drop_is_noticed_and_named(watch: Watch) -> None:
    """The event names the window, the score and the feature; the registry keeps the newest."""
    ((pipeline, drift),) = watch.see_drop(SHIFTED)
    (told,) = watch.bus.published
    assert isinstance(told, DriftDetected)
    assert (pipeline, told.window, told.features) == ("shells", "drop", ("length",))
    assert told.score == drift.score == watch.registry.drift("shells")["drop"]["score"]


@pytest.mark.parametrize("rows", [CALM, TARGET_ONLY])
def test_a_drop_like_the_baseline_alarms_nobody(watch: Watch, rows: list[Any]) -> None:
    """It is measured, features only: the target may move."""
    ((_, drift),) = watch.see_drop(rows)
    assert set(drift.scores) == {"length", "sex"}
    assert watch.bus.published == []


@pytest.mark.parametrize("state", ["quarantined", "duplicate", "rejected", "ignored"])
def test_only_accepted_drops_are_compared(watch: Watch, state: str) -> None:
    """A broken file is no drift, and a copy is no news."""
    assert watch.see_drop(SHIFTED, state=state) == []


def test_what_the_champion_was_trained_on_is_not_compared(watch: Watch) -> None:
    """Nor a drop of fewer rows than say anything."""
    assert watch.see_drop(SHIFTED, drop_id="old") == []
    assert watch.see_drop(SHIFTED[:49]) == []


def test_without_a_champion_there_is_nothing_to_compare_with() -> None:
    """Neither drops nor predictions."""
    watch = Watch()
    watch.registry.put_contract(parse_contract(CONTRACT))
    assert watch.see_drop(SHIFTED) == []
    assert watch.see("s3://capture/1", SHIFTED) == []


def test_predictions_are_compared_when_a_window_is_full(watch: Watch) -> None:
    """Objects add up; a full window is measured and the next one begins empty."""
    assert watch.see("s3://capture/1", SHIFTED[:60]) == []
    ((_, drift),) = watch.see("s3://capture/2", SHIFTED[60:])
    assert drift.drifted == ("length",)
    assert watch.registry.drift("shells")["predictions"]["rows"] == 100
    assert watch.see("s3://capture/3", CALM[:99]) == []
    ((_, drift),) = watch.see("s3://capture/4", CALM[99:])
    assert drift.drifted == ()


def test_an_object_counts_once(watch: Watch) -> None:
    """However often it is delivered, before and after its window was full."""
    for _ in range(3):
        assert watch.see("s3://capture/1", SHIFTED[:60]) == []
    assert len(watch.see("s3://capture/2", SHIFTED[60:])) == 1
    assert watch.see("s3://capture/2", SHIFTED[60:]) == []
    assert watch.see("s3://capture/1", SHIFTED[:60]) == []


def test_each_pipeline_of_an_object_has_its_own_window(watch: Watch) -> None:
    """Captures of several pipelines share objects; one without a champion is passed over."""
    rows = [{"pipeline": name, "features": r} for r in SHIFTED for name in ("shells", "stones")]
    lines = [json.dumps(row).encode() for row in rows]
    found = watch.watcher.see_predictions("s3://capture/1", lines)
    assert [name for name, _ in found] == ["shells"]


def test_a_prediction_asked_for_again_counts_once(watch: Watch) -> None:
    """Lines of the same key are one prediction; lines without a key are each their own."""
    row = {"length": 1.0, "sex": "M"}
    line = {"pipeline": "shells", "features": row}
    lines = [json.dumps(line | {"key": f"shells/1/{n % 2}"}).encode() for n in range(60)]
    for uri in ("s3://capture/first", "s3://capture/again"):
        assert watch.watcher.see_predictions(uri, lines) == []
    window = watch.registry.update_window("shells", "predictions", lambda found: found)
    assert window["profile"]["rows"] == 2


def test_captured_rows_are_profiled_by_the_contract() -> None:
    """Numbers as numbers, the rest by value, what a row lacks as missing."""
    features = parse_contract(CONTRACT).feature_columns()
    profile = profile_rows([{"length": 1.5, "sex": "M", "other": 1}, {"sex": None}], features)
    assert profile.rows == 2
    assert set(profile.columns) == {"length", "sex"}
    assert (profile.columns["length"].nulls, profile.columns["sex"].counts) == (1, {"M": 1})


def test_moments_and_texts_do_not_drift() -> None:
    """Time goes on and texts never repeat: neither is compared, and neither breaks a window."""
    text = CONTRACT.replace("rings: {", "at: {type: timestamp}, note: {type: text}, rings: {")
    watched = Watch()
    watched.registry.put_contract(parse_contract(text))
    watched.promote()
    rows = [
        row | {"at": f"2026-11-{1 + n % 28:02}", "note": f"n {n}"} for n, row in enumerate(CALM)
    ]
    ((_, drift),) = watched.see("s3://captures/1", rows)
    assert set(drift.scores) == {"length", "sex"}
    assert drift.drifted == ()
