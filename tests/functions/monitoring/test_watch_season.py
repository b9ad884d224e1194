"""Windows and drops are held against training rows of the same month."""

import json

import numpy as np
import pytest

from monitoring.watch.baseline import held_out
from monitoring.watch.season import Seasons
from monitoring.watch.watch import Watcher
from tests.functions.monitoring.test_watch import TRAIN, Rows, Watch, parquet
from tidemill.contract import parse_contract

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns: {heat: {type: float}, taken: {type: timestamp, leakage: LEAKAGE}, rings: {type: int}}
monitor: {drift: {window: 100, season: {by: month, column: taken}}}
"""


def rows_of(month: int, number: int, seed: int, warmer: float = 0.0) -> Rows:
    """Rows of a month, most of which is known by its heat."""
    found = np.random.default_rng(seed).normal(10 * month, 1, number) + warmer
    return [
        {"heat": heat, "taken": f"2026-{month:02}-15T12:00:00Z", "rings": n}
        for n, heat in enumerate(found.tolist())
    ]


def made(*, leakage: bool) -> Watch:
    """A champion that was trained on a year without its December."""
    watch = Watch()
    watch.registry.put_contract(parse_contract(CONTRACT.replace("LEAKAGE", str(leakage).lower())))
    watch.promote()
    year = [row for month in range(1, 12) for row in rows_of(month, 400, month)]
    year = [row | {"taken": np.datetime64(row["taken"][:-1], "us").item()} for row in year]
    watch.store.write(f"{TRAIN}part-00000.parquet", parquet(year))
    return watch


@pytest.mark.parametrize("leakage", [False, True])
def test_the_turn_of_the_season_is_no_drift(*, leakage: bool) -> None:
    """By the column, or by the moment of the prediction where requests do not have it."""
    watch = made(leakage=leakage)
    for month in (1, 7, 11):
        rows = rows_of(month, 100, 50 + month)
        lines = [{"pipeline": "shells", "features": row, "at": row["taken"]} for row in rows]
        ((_, drift),) = watch.see_lines(f"s3://capture/{month}", lines)
        assert drift.drifted == ()
    assert not watch.told
    found = watch.registry.drift("shells")["predictions"]
    assert (found["left_out"], found["rows"]) == (0, 100)
    assert 300 <= found["baseline_rows"] <= 400


def test_a_warm_january_is_drift() -> None:
    """Though July was warmer."""
    watch = made(leakage=False)
    ((_, drift),) = watch.see("s3://capture/1", rows_of(1, 100, 5, warmer=20))
    assert drift.drifted == ("heat",)
    assert drift.first("heat").aspect == "place"
    page = watch.store.read(f"s3://capture/drift/shells/{watch.told[0].report}.html").decode()
    assert "Both are of the same season; 0 rows are of one that" in page


def test_a_month_that_training_never_saw_is_left_out() -> None:
    """It is counted, and nothing is said of it."""
    watch = made(leakage=False)
    assert watch.see("s3://capture/1", rows_of(12, 300, 5)) == []
    ((_, drift),) = watch.see("s3://capture/2", rows_of(3, 100, 6))
    assert drift.drifted == ()
    assert watch.registry.drift("shells")["predictions"]["left_out"] == 300


def test_longer_windows_are_of_their_months_too() -> None:
    """Four windows of four months are held against as many training rows of each."""
    watch = made(leakage=False)
    for number, month in enumerate((2, 5, 8, 11) * 4):
        ((_, drift),) = watch.see(f"s3://capture/{number}", rows_of(month, 100, 90 + number))
        assert drift.drifted == ()


def test_a_drop_is_compared_by_its_months() -> None:
    """Rows of the one that training never saw are left out."""
    watch = made(leakage=False)
    rows = [row for month in (1, 6, 12) for row in rows_of(month, 60, month + 70)]
    rows = [row | {"taken": np.datetime64(row["taken"][:-1], "us").item()} for row in rows]
    ((_, drift),) = watch.see_drop(rows)
    assert drift.drifted == ()
    found = watch.registry.drift("shells")["drop"]
    assert (found["rows"], found["left_out"]) == (120, 60)


def test_rows_of_one_pipeline_are_held_at_a_time() -> None:
    """They are read when they are needed, and once while they are."""
    watch = made(leakage=False)
    held: dict[str, Seasons | None] = {"s3://capture/another": None}
    watcher = Watcher(watch.registry, watch.store, watch.bus, "s3://capture", seasons=held)
    line = json.dumps({"pipeline": "shells", "features": rows_of(1, 1, 5)[0]}).encode()
    for number in range(2):
        lines = b"\n".join([line] * 100)
        watcher.see_predictions(f"s3://capture/{number}", lines)
        (found,) = held.values()
        assert found is not None
        assert len(found.phases) == len(found.rows) == (~held_out(4_400)).sum()
