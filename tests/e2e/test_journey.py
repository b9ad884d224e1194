"""The main job through the public interfaces alone: S3, HTTP, CloudWatch, Step Functions."""

import io
import json
import math
from pathlib import Path
from typing import Any

import httpx
import joblib
import pandas as pd
import pytest

from local.cloud import Cloud
from local.journey import Journey, wait_for

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parents[2] / "pipelines" / "abalone"
CONTRACT = (SAMPLE / "pipeline.yaml").read_bytes().replace(b"trials: 40", b"trials: 8")
ROWS = (SAMPLE / "abalone.csv").read_bytes()
HEADER = ROWS.split(b"\n", 1)[0]
DATA = "abalone/measurements/first.csv"


def settled(journey: Journey, key: str, *states: str) -> dict[str, Any]:
    """The drop's record once it is in one of the states."""

    def look() -> dict[str, Any] | None:
        record = journey.drop_record(key)
        return record if record and record["state"] in states else None

    return wait_for(look, f"{key} ending as {' or '.join(states)}", 60)


def ended(journey: Journey, pipeline: str) -> dict[str, Any]:
    """The newest run once it has ended."""

    def look() -> dict[str, Any] | None:
        runs = (journey.find(f"/pipelines/{pipeline}/runs") or {"runs": []})["runs"]
        return runs[0] if runs and runs[0]["state"] != "running" else None

    return wait_for(look, f"the end of a run of {pipeline}", 240)


def promoted(journey: Journey, pipeline: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found: dict[str, Any] | None = journey.get(f"/pipelines/{pipeline}")["champion"]
        return found

    return wait_for(look, f"a champion of {pipeline}", 60)


def deliver(journey: Journey, key: str, **changes: str) -> None:
    """Have the queue of drops deliver S3's event of an object once more, as it may."""
    record = journey.drop_record(key)
    assert record is not None
    landed = {
        "key": key,
        "version-id": record["version_id"],
        "etag": record["etag"],
        "size": record["size"],
        "sequencer": record["sequencer"],
    }
    detail = {"bucket": {"name": journey.outputs["LandingBucket"]}, "object": landed | changes}
    sqs = journey.client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    (url,) = (url for url in urls if "DataDrops" in url and "DeadLetter" not in url)
    event = {"time": record["landed_at"], "detail-type": "Object Created", "detail": detail}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(event))


def instances() -> list[dict[str, Any]]:
    frame = pd.read_csv(io.BytesIO(ROWS)).drop(columns="rings")
    rows: list[dict[str, Any]] = frame.sample(frac=1, random_state=0).to_dict("records")
    return rows


@pytest.fixture(scope="module")
def champion(journey: Journey) -> dict[str, Any]:
    """Data dropped before their contract, followed until a model serves."""
    journey.drop(DATA, ROWS)
    waiting = settled(journey, DATA, "quarantined")
    assert "NoContractError" in waiting["reasons"][0]
    journey.drop("abalone/pipeline.yaml", CONTRACT)
    settled(journey, DATA, "accepted")
    run = ended(journey, "abalone")
    assert run["state"] == "completed", run
    return promoted(journey, "abalone")


def test_a_drop_becomes_a_model(journey: Journey, champion: dict[str, Any]) -> None:
    """All rows are accepted, the run's cost is known, the model beats both yardsticks."""
    record = journey.drop_record(DATA)
    assert record is not None
    assert record["rows"] == {
        "read": 4177,
        "accepted": 4177,
        "quarantined": 0,
        "duplicate": 0,
        "forgotten": 0,
    }
    run = ended(journey, "abalone")
    assert run["spot"]
    assert 0 < run["cost_usd"] < 0.01
    assert run["billable_seconds"] < run["training_seconds"]
    assert run["verdict"]["passed"]
    assert 1.5 < champion["metrics"]["rmse"] < 2.3
    _, evaluation = archive(journey, champion)
    ours, default = (
        evaluation["models"][name]["test"]["rmse"] for name in ("challenger", "default")
    )
    assert ours <= default


def test_predictions_are_scikit_learns(journey: Journey, champion: dict[str, Any]) -> None:
    """Single and batch answers equal what the trained pipeline itself predicts."""
    rows = instances()[:300]
    pipeline, _ = archive(journey, champion)
    expected = pipeline.predict(pd.DataFrame(rows))
    answer = journey.predict("abalone", rows, ids=[f"row-{n}" for n in range(len(rows))])
    assert answer["model"] == f"abalone/{champion['model_version']}"
    assert [p["id"] for p in answer["predictions"][:2]] == ["row-0", "row-1"]
    values = [p["value"] for p in answer["predictions"]]
    assert all(math.isclose(a, b, rel_tol=1e-12) for a, b in zip(values, expected, strict=True))
    alone = journey.predict("abalone", rows[:1])["predictions"][0]["value"]
    assert alone == values[0]


def archive(journey: Journey, champion: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The trained pipeline and its evaluation, out of the registered model archive."""
    files = journey.model_archive(champion["package_arn"])
    return joblib.load(io.BytesIO(files["pipeline.joblib"])), json.loads(files["evaluation.json"])


@pytest.mark.usefixtures("champion")
def test_the_same_event_twice_is_one_run(journey: Journey) -> None:
    """S3's event again, the same content again, the dataset announced again: one execution."""
    deliver(journey, DATA)
    journey.drop("abalone/measurements/again.csv", ROWS)
    settled(journey, "abalone/measurements/again.csv", "duplicate")
    version = journey.get("/pipelines/abalone/runs")["runs"][0]["dataset_version"]
    journey.publish("DatasetReady", {"pipeline": "abalone", "dataset_version": version})
    journey.drop("abalone/measurements/after.csv", b"")
    settled(journey, "abalone/measurements/after.csv", "rejected")
    assert len(journey.executions("TrainingStateMachine")) == 1
    assert len(journey.get("/pipelines/abalone/runs")["runs"]) == 1


@pytest.mark.usefixtures("champion")
def test_an_event_that_arrives_late_is_ignored(journey: Journey) -> None:
    """An older sequencer of the same key, delivered after the newer, changes nothing."""
    before = journey.drop_record(DATA)
    deliver(journey, DATA, **{"version-id": "an-older-one", "sequencer": "00"})

    def look() -> dict[str, Any] | None:
        drops = journey.get("/pipelines/abalone/drops")["drops"]
        late = (drop for drop in drops if drop["version_id"] == "an-older-one")
        return next(late, None)

    late = wait_for(look, "the late event being recorded", 60)
    assert late["state"] == "ignored"
    assert late["reasons"] == ["a newer version of this object arrived first"]
    drops = journey.get("/pipelines/abalone/drops")["drops"]
    assert before in drops


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize(
    ("name", "body", "state", "reason"),
    [
        ("empty.csv", b"", "rejected", "EmptyFileError"),
        ("header.csv", HEADER + b"\n", "rejected", "EmptyFileError"),
        ("untargeted.csv", b"sex,length\nM,0.4\n", "quarantined", "rings"),
        ("report.xlsx", b"PK\x03\x04", "rejected", "UnsupportedFormatError"),
        ("bad.csv", HEADER + b"\nX,a,,1,1,1,1,1,1\n", "quarantined", "sex is none of M, F, I"),
    ],
)
def test_a_bad_drop_says_why(
    journey: Journey, name: str, body: bytes, state: str, reason: str
) -> None:
    """Each bad file ends in its state with a reason that names the fault."""
    journey.drop(f"abalone/measurements/{name}", body)
    record = settled(journey, f"abalone/measurements/{name}", state)
    assert reason in " ".join(record["reasons"])


def test_a_bad_contract_names_every_mistake(journey: Journey) -> None:
    """Three mistakes, three problems; there is no such pipeline in force."""
    text = (
        CONTRACT.replace(b"pipeline: abalone", b"pipeline: faulty")
        .replace(b"target: rings", b"target: ringz")
        .replace(b"validation: 15%", b"validation: 15")
        .replace(b"ml.m5.large", b"m5.large")
    )
    journey.drop("faulty/pipeline.yaml", text)
    found = wait_for(lambda: journey.find("/pipelines/faulty"), "the refusal being recorded", 60)
    problems = " ".join(found["contract_refusal"]["problems"])
    assert found["contract"] is None
    for name in ("target", "split.validation", "training.instance"):
        assert name in problems


@pytest.mark.usefixtures("champion")
def test_a_wrong_key_is_refused(journey: Journey) -> None:
    """Without the key, or with another, no route answers."""
    base = f"{journey.cloud['api_url']}/v1"
    for headers in ({}, {"x-api-key": "not-the-key-that-was-given-out"}):
        assert httpx.get(f"{base}/pipelines", headers=headers).status_code == 403


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"length": None}, "/instances/0/length"),
        ({"length": "long"}, "/instances/0/length"),
        ({"sex": ["M"]}, "/instances/0/sex"),
        ({"lenght": 0.5}, "/instances/0/lenght"),
    ],
)
def test_a_malformed_request_names_the_field(
    journey: Journey, change: dict[str, Any], pointer: str
) -> None:
    """The problem document points at instance and field."""
    body = {"instances": [instances()[0] | change]}
    answer = journey.api.post("/pipelines/abalone/predictions", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.usefixtures("champion")
def test_the_api_describes_itself(journey: Journey) -> None:
    """The OpenAPI document has the pipeline's fields; the report is a page."""
    schemas = journey.get("/openapi.json")["components"]["schemas"]
    assert "whole_weight" in schemas["abalone-instance"]["properties"]
    page = journey.api.get("/pipelines/abalone/models/1/report")
    assert page.headers["content-type"].startswith("text/html")
    assert journey.api.get("/pipelines/nobody").status_code == 404


@pytest.mark.usefixtures("champion")
def test_drift_is_noticed(journey: Journey) -> None:
    """Captured predictions give a score that stays low, and moves when the data shift."""

    def score() -> dict[str, Any] | None:
        found: dict[str, Any] = journey.get("/pipelines/abalone")["drift"]
        return found.get("predictions")

    usual = instances()[:1000]
    journey.predict("abalone", usual)
    low = wait_for(score, "a window of usual predictions", 60)
    assert not low["drifted"]
    journey.predict("abalone", [row | {"length": row["length"] * 1.3} for row in usual])
    high = wait_for(
        lambda: found if (found := score()) and found["drifted"] else None,
        "a window of shifted predictions",
        60,
    )
    assert high["drifted"] == ["length"]
    assert high["score"] > 5 * low["score"]
    seen = wait_for(lambda: journey.metric("DriftScore", Pipeline="abalone"), "the metric", 30)
    assert max(seen) >= high["score"]


@pytest.mark.usefixtures("champion")
def test_what_it_cost_is_in_the_ledger(journey: Journey) -> None:
    """Billed when asked, from what the local services counted; twice makes no difference."""
    journey.predict("abalone", instances()[:100])
    functions = journey.client("lambda").get_paginator("list_functions").paginate()
    (bill,) = (
        function["FunctionName"]
        for page in functions
        for function in page["Functions"]
        if function.get("Description") == "monitoring/bill"
    )

    def cost() -> dict[str, Any]:
        answer = journey.client("lambda").invoke(FunctionName=bill, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        found: dict[str, Any] = journey.get("/pipelines/abalone")["cost"]
        return found

    first = cost()
    assert {"inference", "ingestion", "training"} <= set(first["by_room"])
    assert all(usd > 0 for usd in first["by_room"].values())
    assert first["forecast_usd"] >= first["month_to_date_usd"] > 0
    assert 0 < first["per_1000_predictions_usd"] < 1
    assert cost()["month_to_date_usd"] < 2 * first["month_to_date_usd"]
    spent = wait_for(lambda: journey.metric("MonthToDateCostUSD", Stage="local"), "the metric", 30)
    assert max(spent) >= first["month_to_date_usd"]


def test_training_survives_missing_spot_capacity(journey: Journey, cloud: Cloud) -> None:
    """No spot capacity: the run goes on on demand, and both attempts are in the bill."""
    cloud.order_fault("CapacityError", match="tidemill-local-scarce")
    text = CONTRACT.replace(b"pipeline: abalone", b"pipeline: scarce")
    journey.drop("scarce/pipeline.yaml", text.replace(b"trials: 8", b"trials: 2"))
    journey.drop("scarce/measurements/some.csv", b"\n".join(ROWS.split(b"\n")[:800]) + b"\n")
    settled(journey, "scarce/measurements/some.csv", "accepted")
    run = ended(journey, "scarce")
    assert run["state"] == "completed", run
    assert not run["spot"]


def test_a_file_and_the_name_of_its_target_are_enough(journey: Journey) -> None:
    """Without a contract, a drop that names its target becomes a model by a draft of one."""
    some = b"\n".join(ROWS.split(b"\n")[:500]) + b"\n"
    journey.drop("quick/rows/some.csv", some, target="rings")
    settled(journey, "quick/rows/some.csv", "accepted")
    run = ended(journey, "quick")
    assert run["state"] == "completed", run
    assert journey.get("/pipelines/quick")["signature"]["shell_weight"] == "float"


def test_nothing_was_lost(journey: Journey) -> None:
    """After all of it, every dead-letter queue is empty."""
    sqs = journey.client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    dead = [url for url in urls if "DeadLetter" in url]
    assert dead
    for url in dead:
        found = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        assert found["Attributes"]["ApproximateNumberOfMessages"] == "0", url
