"""What holds a run back, and what is known of a champion's harm."""

from datetime import UTC, datetime

import pytest

from tidemill.contract import Retrain
from tidemill.harm import champion_harm
from tidemill.records import DatasetRecord, RunRecord, Verdict
from tidemill.retraining import History, hold_back, run_name

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
PROMISE = {
    "model": "shells/1",
    "promised": {"value": 1.0, "low": 0.9, "high": 1.1, "rows": 100},
    "realised": {"value": 2.0, "low": 1.8, "high": 2.2, "rows": 100},
}


def dataset(version: str, rows: int, contract: str = "c") -> DatasetRecord:
    texts = dict.fromkeys(("profile_uri", "contract_uri", "created_at"), "")
    known = {"dataset_version": version, "contract_version": contract, "drops": (), "channels": {}}
    return DatasetRecord.model_validate(known | texts | {"rows": {"train": rows}})


def run(name: str, version: str, *, passed: bool | None = True) -> RunRecord:
    """A run that ended an hour before noon: passed, not passed, or failed (None)."""
    verdict = None if passed is None else Verdict(passed=passed, reasons=())
    return RunRecord(
        run=name,
        dataset_version=version,
        state="failed" if passed is None else "completed",
        started_at="2026-11-03T10:00:00Z",
        finished_at="2026-11-03T11:00:00Z",
        verdict=verdict,
    )


def history(runs: list[RunRecord], *datasets: DatasetRecord, **policy: object) -> History:
    """The last of the datasets is the one to train on."""
    return History(
        policy=Retrain.model_validate(policy),
        runs=runs,
        datasets=datasets,
        dataset=datasets[-1],
        moment=NOON,
    )


def test_the_first_run_never_waits() -> None:
    """Whatever the contract says."""
    first = history([], dataset("v1", 5), on=["drift"], min_new_rows=9, cooldown="9h")
    assert hold_back("new_data", first) is None


@pytest.mark.parametrize(("policy", "held"), [({}, None), ({"cooldown": "2h"}, "1h ago")])
def test_a_run_under_another_contract_waits_for_nothing(
    policy: dict[str, str], held: str | None
) -> None:
    """Under the same one it waits for rows and for time."""
    runs = [run("r1", "v1")]
    assert hold_back("new_data", history(runs, dataset("v1", 5), dataset("v2", 5, "d"))) is None
    refusal = hold_back("new_data", history(runs, dataset("v1", 5), dataset("v2", 6), **policy))
    assert (refusal is None) if held is None else (refusal and held in refusal.reason)


@pytest.mark.parametrize("passed", [False, None])
def test_runs_that_failed_are_as_fruitless_as_those_that_did_not_pass(passed: bool | None) -> None:
    """Both cost something, and brought nothing."""
    runs = [run("r1", "v1"), run("r2", "v2", passed=passed), run("r3", "v3", passed=passed)]
    sets = [dataset(f"v{n}", 100 * n) for n in (1, 2, 3)]
    refusal = hold_back(
        "drift", history(runs, *sets, dataset("v4", 499), on=["drift"], max_fruitless=2)
    )
    assert refusal is not None
    assert refusal.fruitless == ("r2", "r3")
    enough = history(runs, *sets, dataset("v4", 500), on=["drift"], max_fruitless=2)
    assert hold_back("drift", enough) is None


def test_a_run_is_named_by_its_rows_and_by_who_asked() -> None:
    """The same request is the same run."""
    asked = run_name("shells", "v1", "drift-1-v1-202611")
    assert run_name("shells", "v1") == "shells-v1"
    assert asked == run_name("shells", "v1", "drift-1-v1-202611")
    assert asked.startswith("shells-v1-")


def test_harm_is_of_the_model_that_was_measured() -> None:
    """Of any other nothing is known."""
    assert champion_harm(PROMISE, "shells/1").verdict == "harm"
    assert champion_harm(PROMISE, "shells/2").verdict == "not known"
    assert champion_harm({}, "shells/1").verdict == "not known"
