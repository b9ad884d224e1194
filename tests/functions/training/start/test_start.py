"""One run per dataset version, when it is due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.functions.training.conftest import Mill
from tidemill.errors import RegistryError
from tidemill.events import DatasetReady, RetrainRequested, RunRefused
from training.start.start import start

READY = DatasetReady(pipeline="shells", dataset_version="v1")
NEWER = DatasetReady(pipeline="shells", dataset_version="v2")
ASKED = RetrainRequested(pipeline="shells", reason="drift", request_id="0123456789abcdef")


def ask(mill: Mill, event: DatasetReady | RetrainRequested) -> None:
    start(event, registry=mill.registry, bus=mill.bus, machine=mill.machine)


def test_a_dataset_starts_one_run_named_after_it(mill: Mill) -> None:
    """However often it is announced."""
    ask(mill, READY)
    ask(mill, READY)
    assert mill.machine.started == {
        "shells-v1": {"pipeline": "shells", "dataset_version": "v1", "run": "shells-v1"}
    }
    assert [run.state for run in mill.registry.runs("shells")] == ["running"]


def test_a_crash_between_record_and_start_is_mended(mill: Mill) -> None:
    """A run that was claimed and not started is started by the next delivery."""
    mill.run("shells-v1")
    ask(mill, READY)
    assert list(mill.machine.started) == ["shells-v1"]


@pytest.mark.parametrize("state", ["completed", "failed", "refused"])
def test_a_run_that_ended_is_not_started_again(mill: Mill, state: str) -> None:
    """A late duplicate of the event does not train twice."""
    mill.run("shells-v1", state=state)
    ask(mill, READY)
    assert mill.machine.started == {}


def test_a_request_retrains_on_the_newest_dataset(mill: Mill) -> None:
    """Under its own name, once per request, whatever ran before."""
    mill.run("shells-v1", state="completed")
    mill.dataset("v2")
    ask(mill, ASKED)
    ask(mill, ASKED)
    (name,) = mill.machine.started
    assert name.startswith("shells-v2-")
    assert mill.registry.run("shells", name).reason == "drift"
    mill.registry.update_run("shells", name, state="completed")
    ask(mill, ASKED.model_copy(update={"request_id": ASKED.request_id + "0"}))
    assert len(mill.machine.started) == 2


def test_one_run_of_a_pipeline_at_a_time(mill: Mill) -> None:
    """Data that are ready while a run goes on wait for its end, and leave no trace."""
    ask(mill, READY)
    mill.dataset("v2", train=101)
    ask(mill, NEWER)
    assert list(mill.machine.started) == ["shells-v1"]
    mill.registry.update_run("shells", "shells-v1", state="failed")
    ask(mill, NEWER)
    assert list(mill.machine.started) == ["shells-v1", "shells-v2"]


def test_a_request_while_a_run_goes_on_is_refused(mill: Mill) -> None:
    """By the name of that run, in a record and on the bus."""
    ask(mill, READY)
    ask(mill, ASKED)
    assert list(mill.machine.started) == ["shells-v1"]
    (told,) = mill.told(RunRefused)
    assert told.reason == "run shells-v1 goes on; ask again when it has ended"
    assert mill.registry.run("shells", told.run).state == "refused"


def test_a_dataset_that_is_not_recorded_yet_is_retried(mill: Mill) -> None:
    """The event came before the record can be seen: an error, so that it comes again."""
    with pytest.raises(RegistryError):
        ask(mill, NEWER)


def test_too_few_new_rows_are_refused_with_the_count(mill_with: Callable[[str], Mill]) -> None:
    """The reason has both numbers; the refusal is recorded and told."""
    mill = mill_with("monitor: {retrain: {min_new_rows: 50}}\n")
    mill.run("shells-v1", state="completed")
    mill.dataset("v2", train=149)
    ask(mill, NEWER)
    ask(mill, NEWER)
    (told,) = mill.told(RunRefused)
    assert told.reason == (
        "49 rows are new since run shells-v1; monitor.retrain.min_new_rows asks for 50"
    )
    assert mill.registry.run("shells", "shells-v2").state == "refused"
    assert mill.machine.started == {}


def test_enough_new_rows_start_a_run(mill_with: Callable[[str], Mill]) -> None:
    """At the number asked for."""
    mill = mill_with("monitor: {retrain: {min_new_rows: 50}}\n")
    mill.champion()
    mill.dataset("v2", train=150)
    ask(mill, NEWER)
    assert list(mill.machine.started) == ["shells-v2"]


def test_new_data_start_nothing_where_the_contract_does_not_say_so(
    mill_with: Callable[[str], Mill],
) -> None:
    """The first model never waits; the next ones do."""
    mill = mill_with("monitor: {retrain: {on: [drift]}}\n")
    ask(mill, READY)
    assert list(mill.machine.started) == ["shells-v1"]
    mill.registry.update_run("shells", "shells-v1", state="completed")
    mill.champion()
    mill.dataset("v2", train=999)
    ask(mill, NEWER)
    assert mill.told(RunRefused)[0].reason == "monitor.retrain.on does not name new_data"


@pytest.mark.parametrize(("ago", "started"), [(5, False), (7, True)])
def test_a_run_waits_for_the_cooldown(
    mill_with: Callable[[str], Mill], ago: int, started: bool
) -> None:
    """Counted from the end of the last run that cost something."""
    mill = mill_with("monitor: {retrain: {cooldown: 6h}}\n")
    mill.champion()
    mill.dataset("v2", train=200)
    ended = datetime.now(UTC) - timedelta(hours=ago)
    mill.run("r1", state="completed", finished_at=ended.isoformat())
    mill.run("r2", state="refused", finished_at=datetime.now(UTC).isoformat())
    ask(mill, NEWER)
    assert bool(mill.machine.started) is started


def test_a_changed_contract_is_due_at_once(mill: Mill) -> None:
    """Neither rows nor cooldown hold back a run under another contract."""
    mill.champion()
    mill.accept("monitor: {retrain: {min_new_rows: 1000, cooldown: 9h}}\n")
    mill.dataset("v2")
    ask(mill, NEWER)
    assert list(mill.machine.started) == ["shells-v2"]


def test_a_refusal_is_told_even_after_a_crash(
    mill_with: Callable[[str], Mill], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the bus fails, the next delivery tells of the refusal."""
    mill = mill_with("monitor: {retrain: {on: [drift]}}\n")
    mill.run("shells-v1", state="completed")
    mill.dataset("v2")
    with monkeypatch.context() as patch:
        patch.setattr(mill.bus, "publish", _fail)
        with pytest.raises(ConnectionError):
            ask(mill, NEWER)
    ask(mill, NEWER)
    assert len(mill.told(RunRefused)) == 1


def _fail(*_: object) -> None:
    raise ConnectionError
