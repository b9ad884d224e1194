"""What is compared, when, and that nothing is counted twice."""

import io
import json
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitoring.watch.watch import Watcher
from tests.models import a_model
from tidemill.contract import parse_contract
from tidemill.events import DriftDetected, DropRecorded, InMemoryBus
from tidemill.records import DatasetRecord, DropRecord, Part
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
TRAIN = "s3://data/datasets/shells/v1/train/"
type Rows = list[dict[str, Any]]


def parquet(rows: Rows) -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), body)
    return body.getvalue()


@dataclass
class Watch:
    """A watcher over fakes, and the drops and captures it is shown."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)

    @property
    def watcher(self) -> Watcher:
        return Watcher(self.registry, self.store, self.bus, "s3://capture")

    def promote(self, version: int = 1) -> None:
        self.store.write(f"{TRAIN}part-00000.parquet", parquet(CALM * 10))
        dataset = DatasetRecord(
            dataset_version="v1",
            contract_version="c",
            drops=("old",),
            channels={"train": TRAIN},
            rows={},
            profile_uri="",
            contract_uri="",
            created_at="",
        )
        self.registry.put_dataset("shells", dataset)
        model = a_model(version, dataset_version="v1")
        self.registry.put_model("shells", model)
        self.registry.promote("shells", version, "approved")

    def see_drop(self, rows: Rows, drop_id: str = "new", state: Any = "accepted") -> Any:  # noqa: ANN401
        uri = f"s3://data/{drop_id}.parquet"
        self.store.write(uri, parquet(rows))
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
            parts=(Part(uri=uri, rows=len(rows)),),
        )
        self.registry.put_drop(drop)
        event = DropRecorded(pipeline="shells", drop_id=drop_id, source="rows", state=state)
        return self.watcher.see_drop(event)

    def see(self, uri: str, rows: Rows, pipeline: str = "shells", **others: str) -> Any:  # noqa: ANN401
        lines = [{"pipeline": pipeline, "features": row, **others} for row in rows]
        return self.see_lines(uri, lines)

    def see_lines(self, uri: str, lines: Rows) -> Any:  # noqa: ANN401
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return self.watcher.see_predictions(uri, body + b"\n")

    @property
    def told(self) -> list[DriftDetected]:
        return [event for event in self.bus.published if isinstance(event, DriftDetected)]


@pytest.fixture
def watch() -> Watch:
    """A pipeline with a champion."""
    made = Watch()
    made.registry.put_contract(parse_contract(CONTRACT))
    made.promote()
    return made


def test_a_shifted_drop_is_noticed_and_named(watch: Watch) -> None:
    """The event names window, score, feature, how far, champion and report; it is kept."""
    ((pipeline, drift),) = watch.see_drop(SHIFTED)
    (told,) = watch.told
    assert (pipeline, told.window, told.features) == ("shells", "drop", ("length",))
    assert told.score == drift.score == watch.registry.drift("shells")["drop"]["score"]
    assert told.effects["length"] > 1
    assert told.model_version == 1
    page = watch.store.read(f"s3://capture/drift/shells/{told.report}.html").decode()
    assert "length" in page
    assert "<svg" in page


@pytest.mark.parametrize("rows", [CALM, TARGET_ONLY])
def test_a_drop_like_the_baseline_alarms_nobody(watch: Watch, rows: Rows) -> None:
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


def test_a_drop_is_told_of_once(watch: Watch) -> None:
    """However often its event is delivered."""
    assert len(watch.see_drop(SHIFTED)) == 1
    assert watch.see_drop(SHIFTED) == []
    assert len(watch.told) == 1


def test_another_contract_begins_new_windows(watch: Watch) -> None:
    """Columns may be others, so that what was counted does not add up."""
    watch.see("s3://capture/1", SHIFTED[:60])
    fewer = CONTRACT.replace("sex: {type: category}, ", "")
    watch.registry.put_contract(parse_contract(fewer))
    assert watch.see("s3://capture/2", SHIFTED[60:]) == []
    ((_, drift),) = watch.see("s3://capture/3", SHIFTED)
    assert set(drift.scores) == {"length"}


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


class Broken(InMemoryBus):
    """Reaches nobody."""

    def publish(self, *events: Any) -> None:  # noqa: ANN401
        raise ConnectionError(str(events))


def test_a_window_that_nobody_was_told_of_is_told_of_again(watch: Watch) -> None:
    """A crash between filling and telling leaves it to the next delivery, with the same report."""
    working, watch.bus = watch.bus, Broken()
    with pytest.raises(ConnectionError):
        watch.see("s3://capture/1", SHIFTED)
    watch.bus = working
    assert len(watch.see("s3://capture/1", SHIFTED)) == 1
    assert len(watch.told) == len(watch.registry.drifts("shells")) == 1


def test_each_pipeline_of_an_object_has_its_own_window(watch: Watch) -> None:
    """Captures of several pipelines share objects; one without a champion is passed over."""
    rows = [{"pipeline": name, "features": r} for r in SHIFTED for name in ("shells", "stones")]
    found = watch.see_lines("s3://capture/1", rows)
    assert [name for name, _ in found] == ["shells"]


def test_a_prediction_asked_for_again_counts_once(watch: Watch) -> None:
    """Lines of the same key are one prediction; lines without a key are each their own."""
    row = {"length": 1.0, "sex": "M"}
    line = {"pipeline": "shells", "features": row}
    lines = [line | {"key": f"shells/1/{n % 2}"} for n in range(60)]
    for uri in ("s3://capture/first", "s3://capture/again"):
        assert watch.see_lines(uri, lines) == []
    window = watch.registry.update_window("shells", "predictions", lambda found: found)
    assert window["open"]["features"]["rows"] == 2


def test_what_was_answered_in_the_shadow_is_passed_over(watch: Watch) -> None:
    """Nobody asked for it: it would count a row twice."""
    assert watch.see("s3://capture/1", SHIFTED, variant="shadow") == []
    assert len(watch.see("s3://capture/2", SHIFTED, variant="champion")) == 1


def test_windows_begin_anew_with_a_new_champion(watch: Watch) -> None:
    """What the last one saw says nothing of what this one was trained on."""
    assert watch.see("s3://capture/1", SHIFTED[:99]) == []
    watch.promote(2)
    assert watch.see("s3://capture/2", SHIFTED[:99]) == []


def test_drift_is_told_since_when(watch: Watch) -> None:
    """The first window of an unbroken run of evidence; a calm window ends the run."""
    for number in range(3):
        watch.see(f"s3://capture/{number}", SHIFTED)
    first, second, third = (event.since["length"] for event in watch.told)
    assert first == second == third
    watch.see("s3://capture/calm", CALM)
    watch.see("s3://capture/again", SHIFTED)
    assert watch.told[-1].since["length"] > first


def test_a_shift_that_ended_is_no_news_of_a_longer_window(watch: Watch) -> None:
    """It was told when it came: four windows with it in them say nothing of the calm newest one."""
    for number, rows in enumerate((CALM, SHIFTED, CALM, CALM, CALM)):
        ((_, drift),) = watch.see(f"s3://capture/{number}", rows)
        assert drift.drifted == (("length",) if rows is SHIFTED else ())
    assert len(watch.told) == 1
    newest = watch.registry.drift("shells")["predictions"]
    assert (newest["drifted"], newest["findings"], newest["rows"]) == ([], [], 100)


def test_what_only_longer_windows_show_is_told_of_them(watch: Watch) -> None:
    """Of how many windows and rows, and since when, beside the newest window's own rows."""
    slight = [row | {"length": float(row["length"]) + 0.15} for row in CALM]  # type: ignore[arg-type]
    for number in range(8):
        ((_, drift),) = watch.see(f"s3://capture/{number}", slight)
        assert drift.drifted == (("length",) if number % 4 == 3 else ())
    told, newest = watch.told, watch.registry.drift("shells")["predictions"]
    assert len(told) == 2
    assert newest["rows"] == 100
    spans = {(each["windows"], each["rows"]) for each in newest["findings"]}
    assert spans == {(4, 400)}
    assert all(each["since"] < newest["begun"] for each in newest["findings"])
    page = watch.store.read(f"s3://capture/drift/shells/{told[-1].report}.html").decode()
    assert "seen in 4 windows together, 400 rows from" in page


def test_what_longer_windows_show_is_told_though_telling_failed(watch: Watch) -> None:
    """They are added to when they were told of."""
    slight = [row | {"length": float(row["length"]) + 0.15} for row in CALM]  # type: ignore[arg-type]
    for number in range(3):
        watch.see(f"s3://capture/{number}", slight)
    working, watch.bus = watch.bus, Broken()
    with pytest.raises(ConnectionError):
        watch.see("s3://capture/3", slight)
    watch.bus = working
    ((_, drift),) = watch.see("s3://capture/3", slight)
    assert drift.drifted == ("length",)
    assert len(watch.told) == 1


def test_a_finding_of_one_window_says_so(watch: Watch) -> None:
    """Of a drop and of predictions, whose longer windows do not tell the same column again."""
    for number in range(4):
        watch.see(f"s3://capture/{number}", SHIFTED)
    watch.see_drop(SHIFTED)
    for newest in watch.registry.drift("shells").values():
        spans = {(each["windows"], each["rows"], each["since"]) for each in newest["findings"]}
        assert spans == {(1, 100, newest["begun"])}


def test_predictions_are_held_against_the_champions_first_ones(watch: Watch) -> None:
    """Once there are ten windows of them: features may stay while answers move."""
    for number in range(10):
        lines = [{"pipeline": "shells", "features": r, "value": r["rings"]} for r in CALM]
        ((_, drift),) = watch.see_lines(f"s3://capture/{number}", lines)
        assert drift.drifted == ()
    ((_, drift),) = watch.see_lines(
        "s3://capture/moved",
        [{"pipeline": "shells", "features": r, "value": r["rings"] + 60} for r in CALM],
    )
    assert drift.drifted == ("_prediction",)


def test_the_baseline_is_counted_once_for_all_windows(watch: Watch) -> None:
    """The next function that is started reads what the first one counted."""
    watch.see("s3://capture/1", CALM)
    watch.store.delete_versions(TRAIN)
    assert len(watch.see("s3://capture/2", SHIFTED)) == 1


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
