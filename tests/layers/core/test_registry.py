"""The registry: guarded writes, one owner for each content, one champion."""

from typing import Any

import pytest

from tests.models import a_model
from tidemill.contract import parse_contract
from tidemill.errors import (
    NoChampionError,
    RegistryError,
    StaleWriteError,
    UnknownModelError,
    UnknownPipelineError,
)
from tidemill.records import (
    DatasetRecord,
    DropRecord,
    ForgetRecord,
    ModelRecord,
    RunRecord,
    SuppressionRecord,
)
from tidemill.registry import Registry
from tidemill.registry.drops import sequencer_order
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: p
target: y
sources: {rows: {columns: {x: {type: float}, y: {type: float}}}}
"""


class ContestedTable(InMemoryTable):
    """A table in which others write between a read and the write that follows, so many times."""

    def __init__(self, contests: int) -> None:
        super().__init__()
        self.contests = contests

    def put(self, pipeline: str, record: str, document: dict[str, Any], *, expect: int) -> None:
        if self.contests:
            self.contests -= 1
            held = self.get(pipeline, record)
            others = {**(held.document if held else {}), "others": self.contests}
            super().put(pipeline, record, others, expect=held.revision if held else 0)
        super().put(pipeline, record, document, expect=expect)


@pytest.fixture
def registry() -> Registry:
    return Registry(InMemoryTable())


def drop(key: str = "a", version: int = 1, content: str = "c1") -> DropRecord:
    uri = f"s3://landing/p/rows/{key}"
    return DropRecord(
        drop_id=f"{key}-{version}",
        pipeline="p",
        source="rows",
        uri=uri,
        version_id=str(version),
        etag="",
        sequencer=f"{version:04}",
        size=1,
        landed_at=f"2026-11-01T00:00:{version:02}Z",
        recorded_at="2026-11-01T00:00:00Z",
        state="accepted",
        content=content,
    )


def run(name: str = "r") -> RunRecord:
    return RunRecord(run=name, dataset_version="v", state="running", started_at="2026-11-01")


def model(version: int) -> ModelRecord:
    return a_model(version, dataset_version="v", metrics={"rmse": 1.0})


def accept(registry: Registry, record: DropRecord) -> bool:
    held = registry.hold(record, record.drop_id)
    if held:
        registry.put_drop(record)
    return held


def test_a_lost_race_is_read_again_and_won() -> None:
    """A writer whose record changed meanwhile adds its change to what the other wrote."""
    table = ContestedTable(0)
    registry = Registry(table)
    registry.claim_run("p", run())
    table.contests = 5
    registry.update_run("p", "r", cost_usd=1.5)
    item = table.get("p", "run#r")
    assert item is not None
    assert (item.document["cost_usd"], item.document["others"]) == (1.5, 0)


def test_a_race_without_end_is_an_error() -> None:
    """After twenty lost races the writer gives up under its own name."""
    registry = Registry(ContestedTable(1000))
    with pytest.raises(StaleWriteError, match="20 writers came first"):
        registry.put_drift("p", "drop", {"score": 1})


def test_a_run_is_claimed_once(registry: Registry) -> None:
    """The second claim of a name is told so and changes nothing."""
    assert registry.claim_run("p", run()) is True
    assert registry.claim_run("p", run().model_copy(update={"state": "refused"})) is False
    assert [record.state for record in registry.runs("p")] == ["running"]


def test_a_run_that_is_not_there_is_not_changed(registry: Registry) -> None:
    """No half-written record is left for others to stumble over."""
    with pytest.raises(RegistryError, match="has no run 'r'"):
        registry.update_run("p", "r", cost_usd=1.0)
    assert registry.runs("p") == []


def test_only_what_an_object_holds_is_live(registry: Registry) -> None:
    """An accepted drop lives until a later accepted one takes its object."""
    first, second, other = drop(), drop(version=2, content="c2"), drop("b", content="c3")
    for record in (first, second, other):
        assert accept(registry, record)
    assert registry.live_drops("p") == [other, second]


def test_a_late_older_version_does_not_take_the_object_back(registry: Registry) -> None:
    """Holding follows the sequencer, not the clock of whoever writes."""
    assert accept(registry, drop(version=2))
    assert registry.hold(drop(version=1), "old") is False
    assert registry.live_drops("p") == [drop(version=2)]


def test_content_belongs_to_the_first_drop_that_lives(registry: Registry) -> None:
    """An equal drop learns who has the content; when that one is replaced, the next takes it."""
    first, equal = drop(), drop("b")
    assert registry.claim_content(first) == first.drop_id
    assert registry.claim_content(equal) == first.drop_id
    accept(registry, first)
    assert registry.claim_content(equal) == first.drop_id
    accept(registry, drop(version=2, content="c2"))
    assert registry.claim_content(equal) == equal.drop_id


def test_content_of_a_drop_that_is_no_longer_accepted_is_free(registry: Registry) -> None:
    """A drop that was read again and failed does not keep its content from others."""
    first = drop()
    registry.claim_content(first)
    accept(registry, first)
    registry.put_drop(first.model_copy(update={"state": "quarantined"}))
    assert registry.claim_content(drop("b")) == drop("b").drop_id


@pytest.mark.parametrize(
    ("older", "newer"), [("0055AED6DCD90281E5", "0055AED6DCD90281E51"), ("00a", "00B"), ("", "0")]
)
def test_sequencers_are_compared_padded_on_the_right(older: str, newer: str) -> None:
    """As S3 documents it, whatever their lengths and case."""
    assert sequencer_order(older) <= sequencer_order(newer)
    assert sequencer_order("0055AED6DCD90281E6") > sequencer_order("0055AED6DCD90281E5FF")


def test_a_contract_stays_under_its_version(registry: Registry) -> None:
    """The newest is in force, and the pipeline is listed once."""
    for text in (CONTRACT, CONTRACT + "budget: {monthly_usd: 5}\n", CONTRACT):
        registry.put_contract(parse_contract(text))
    assert registry.contract("p") == parse_contract(CONTRACT)
    assert registry.pipelines() == ["p"]
    with pytest.raises(UnknownPipelineError, match=r"drop its pipeline.yaml first"):
        registry.contract("q")


@pytest.mark.parametrize("name", ["Q", "", "q" * 3000, "_pipelines"])
def test_what_cannot_be_a_name_is_unknown(registry: Registry, name: str) -> None:
    """Whatever a URL may hold, the table is not asked for it."""
    with pytest.raises(UnknownPipelineError):
        registry.contract(name)
    with pytest.raises(NoChampionError):
        registry.champion(name)


def test_the_champion_remembers_whom_it_replaced(registry: Registry) -> None:
    """Promoting again changes nothing; an unknown model cannot be promoted."""
    with pytest.raises(NoChampionError):
        registry.champion("p")
    for version in (1, 2):
        registry.put_model("p", model(version))
        registry.promote("p", version, "approved")
    first = registry.champion("p")
    assert (first.model_version, first.previous) == (2, 1)
    assert registry.promote("p", 2, "again") == first
    with pytest.raises(UnknownModelError):
        registry.promote("p", 3, "approved")


def test_models_are_listed_by_number(registry: Registry) -> None:
    """The tenth model comes after the ninth."""
    for version in (10, 9, 100):
        registry.put_model("p", model(version))
    assert [record.model_version for record in registry.models("p")] == [9, 10, 100]


def test_a_drop_and_a_dataset_are_changed_in_place(registry: Registry) -> None:
    """By a function of the record as it is now."""
    registry.put_drop(drop())
    registry.update_drop("p", drop().drop_id, lambda old: old.model_copy(update={"size": 9}))
    assert [found.size for found in registry.drops("p")] == [9]
    dataset = DatasetRecord(
        dataset_version="v",
        contract_version="c",
        drops=(),
        channels={},
        rows={"train": 3},
        profile_uri="",
        contract_uri="",
        created_at="",
    )
    registry.put_dataset("p", dataset)
    registry.update_dataset("p", "v", lambda old: old.model_copy(update={"forgotten_rows": 1}))
    assert registry.dataset("p", "v") == dataset.model_copy(update={"forgotten_rows": 1})


def test_the_suppressed_are_known_by_column(registry: Registry) -> None:
    """A token may stand for equal values of two columns; other pipelines' are their own."""
    one, two = bytes(16), bytes(range(16))
    assert registry.suppressed("p") == {}
    for columns in (("a",), ("a", "b")):
        registry.update_suppression(
            "p", one.hex(), lambda _, c=columns: SuppressionRecord(columns=c)
        )
    registry.update_suppression("p", two.hex(), lambda _: SuppressionRecord(columns=("a",)))
    assert registry.suppressed("p") == {"a": frozenset({one, two}), "b": frozenset({one})}
    assert registry.suppressed("q") == {}


def test_a_report_of_forgetting_is_the_newest_put(registry: Registry) -> None:
    """And none before there is one."""
    report = ForgetRecord(request_id="r", state="running", requested_at="2026-11-01T00:00:00Z")
    assert registry.forget_report("p", "r") is None
    registry.put_forget_report("p", report)
    done = report.model_copy(update={"state": "done"})
    registry.put_forget_report("p", done)
    assert registry.forget_report("p", "r") == done
