"""Watching and deciding together: data that stay as they were retrain nothing."""

import numpy as np

from monitoring.retrain.retrain import Retrainer
from monitoring.retrain.sign import Sign
from tests.functions.monitoring.test_watch import CALM, CONTRACT, SHIFTED, Rows, Watch
from tidemill.contract import parse_contract
from tidemill.events import RetrainRequested
from tidemill.records import DatasetRecord, RunRecord

WINDOWS, ROWS = 100, 100
RETRAIN = "{drift: {window: 100}, retrain: {on: [drift], unknown_harm: retrain}}"


def loop() -> Watch:
    """A champion of `v1`, rows that are new in `v2`, and a contract that asks for no harm."""
    made = Watch()
    made.registry.put_contract(parse_contract(CONTRACT.replace("{drift: {window: 100}}", RETRAIN)))
    made.promote()
    ended = {
        "state": "completed",
        "started_at": "2026-11-01",
        "finished_at": "2026-11-01T01:00:00Z",
    }
    run = {"run": "r", "dataset_version": "v1", **ended}
    made.registry.claim_run("shells", RunRecord.model_validate(run))
    first = made.registry.dataset("shells", "v1")
    assert first is not None
    newer = {"dataset_version": "v2", "rows": {"train": 9999}, "created_at": "2026-11-02"}
    second = DatasetRecord.model_validate(first.model_dump() | newer)
    made.registry.put_dataset("shells", second)
    return made


def asked(watch: Watch, windows: list[Rows]) -> int:
    """How many runs are asked for when these windows are captured, and every drift is heard."""
    for number, rows in enumerate(windows):
        assert len(watch.see(f"s3://capture/{len(windows)}/{number}", rows)) == 1
    retrainer = Retrainer(watch.registry, watch.bus)
    for event in watch.told:
        retrainer.hear(Sign.of_drift(event))
    requests = [event for event in watch.bus.published if isinstance(event, RetrainRequested)]
    return len({event.request_id for event in requests})


def test_a_hundred_windows_of_unchanged_data_retrain_nothing() -> None:
    """Even where no harm is asked for and new rows wait; one window that drifted would do it."""
    watch, drawn = loop(), np.random.default_rng(0).choice(len(CALM), (WINDOWS, ROWS))
    assert asked(watch, [[CALM[row] for row in window] for window in drawn]) == 0
    assert asked(watch, [SHIFTED]) == 1
