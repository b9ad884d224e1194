"""The loop closes by itself: a year that is unlike the one before gets a model of its own."""

import csv
import gzip
import io
import time
from pathlib import Path
from typing import Any

import pytest

from local.journey import Journey, wait_for

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parents[2] / "bench/data/bike_sharing.csv.gz"
NUMBERS = ("temp", "atemp", "hum", "windspeed")
COUNTS = ("yr", "season", "mnth", "hr", "holiday", "weekday", "workingday", "weathersit")
CONTRACT = f"""
pipeline: bikes
target: cnt
task: regression
metric: mae
sources:
  hours:
    columns:
      cnt: {{type: int, min: 0}}
{"".join(f"      {name}: {{type: float}}{chr(10)}" for name in NUMBERS)}\
{"".join(f"      {name}: {{type: int}}{chr(10)}" for name in COUNTS)}\
training: {{trials: 8}}
release: {{bake: 1s}}
monitor: {{drift: {{window: 500}}, retrain: {{on: [drift], min_new_rows: 500}}}}
"""
type Rows = list[dict[str, str]]


def year(which: str) -> Rows:
    """The hours of 2011 (`0`) or 2012 (`1`), one after another."""
    with gzip.open(SAMPLE, "rt") as file:
        return [row for row in csv.DictReader(file) if row["yr"] == which]


def file_of(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COUNTS, *NUMBERS, "cnt"), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def instances(rows: Rows) -> list[dict[str, Any]]:
    return [
        {name: float(row[name]) for name in NUMBERS} | {name: int(row[name]) for name in COUNTS}
        for row in rows
    ]


def answers(journey: Journey, rows: Rows, ids: list[str]) -> tuple[str, float]:
    """Which model answers, and how far off it is on average."""
    found = journey.predict("bikes", instances(rows), ids)
    pairs = zip(found["predictions"], rows, strict=True)
    return found["model"], sum(abs(p["value"] - int(r["cnt"])) for p, r in pairs) / len(rows)


def tell_outcomes(journey: Journey, rows: Rows, ids: list[str]) -> None:
    told = [{"id": i, "value": int(row["cnt"])} for i, row in zip(ids, rows, strict=True)]
    answer = journey.api.post("/pipelines/bikes/outcomes", json={"outcomes": told})
    assert answer.status_code == 202, answer.text


def serving(journey: Journey, version: int, seconds: float) -> dict[str, Any]:
    """The pipeline once that model, or one after it, serves."""

    def look() -> dict[str, Any] | None:
        found = journey.find("/pipelines/bikes")
        champion = found and found["champion"]
        return found if champion and champion["model_version"] >= version else None

    return wait_for(look, f"model {version} of bikes serving", seconds)


def decided(journey: Journey, words: str) -> dict[str, Any]:
    """The decision about retraining that says so."""

    def look() -> dict[str, Any] | None:
        decisions = journey.get("/pipelines/bikes")["retraining"]
        return next((each for each in decisions if words in each["reason"]), None)

    return wait_for(look, f"a decision that says {words!r}", 120)


def test_another_year_is_learnt_without_a_hand(journey: Journey) -> None:
    """2011 is served; 2012 drifts and harms, waits for rows, is trained on, and is better served.

    The second quarter of 2012 is asked for and its outcomes are told; then its rows are dropped.
    """
    first, second = year("0"), year("1")
    quarter, later = second[2200:4200], second[4200:4700]
    journey.drop("bikes/pipeline.yaml", CONTRACT.encode())
    journey.drop("bikes/hours/2011.csv", file_of(first))
    serving(journey, 1, 300)
    began = time.monotonic()
    before, worse = answers(journey, later, [f"later-{n}" for n in range(len(later))])
    for start in range(0, len(quarter), 500):
        part = quarter[start : start + 500]
        ids = [f"hour-{start + n}" for n in range(len(part))]
        answers(journey, part, ids)
        tell_outcomes(journey, part, ids)
    decided(journey, "0 rows are new since")
    noticed = time.monotonic()
    journey.drop("bikes/hours/2012.csv", file_of(quarter))
    found = serving(journey, 2, 300)
    asked = next(each for each in found["retraining"] if each["asked"])
    assert "does harm" in asked["reason"] or "concept drifted" in asked["reason"]
    assert asked["reason"] in {run["reason"] for run in found["runs"]}
    after, better = answers(journey, later, [f"again-{n}" for n in range(len(later))])
    print(  # noqa: T201 - how long it took is a result
        f"\nharm known after {noticed - began:.0f} s, retrained and promoted "
        f"{time.monotonic() - noticed:.0f} s after the new rows; "
        f"mean error of the next 500 hours {worse:.1f} ({before}) -> {better:.1f} ({after})"
    )
    assert (before, after) == ("bikes/1", "bikes/2")
    assert better < worse
