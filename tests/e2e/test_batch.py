"""Files dropped to be scored, by public interfaces alone."""

import csv
import gzip
import io
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.registered import Shelf
from local.journey import Journey, wait_for
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.contract import Contract, parse_contract
from tidemill.store import parse_uri

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parents[2] / "pipelines" / "abalone"
NAME = "scored"
SEXES = ("M", "F", "I")
LENGTHS = ("length", "diameter", "height")
WEIGHTS = ("whole_weight", "shucked_weight", "viscera_weight", "shell_weight")
NUMBERS = (*LENGTHS, *WEIGHTS)
ROWS = 200
MANY = 250_000


def contract() -> Contract:
    body = (SAMPLE / "pipeline.yaml").read_text()
    return parse_contract(body.replace("pipeline: abalone", f"pipeline: {NAME}"))


def artifact(given: Contract) -> bytes:
    """A model that reads every column of the sample, as one that was trained on it does."""
    features = (
        *(Feature(name, "float", nullable=False) for name in NUMBERS),
        Feature("sex", "category", SEXES, nullable=False),
    )
    header = Header(NAME, "d", "c", "regression", given.target, (), Signature(features), {})
    codes = [[sex, place] for place, sex in enumerate(SEXES)]
    hot = {"codes": codes, "size": len(SEXES), "missing": None, "unknown": None}
    parts = [
        {"take": [*range(len(NUMBERS))], "steps": []},
        {"take": [len(NUMBERS)], "steps": [{"kind": "onehot", "columns": [hot]}]},
    ]
    model: dict[str, Any] = {
        "kind": "linear",
        "steps": [{"kind": "columns", "parts": parts}],
        "coefficients": [[math.sin(k) for k in range(len(NUMBERS) + len(SEXES))]],
        "intercepts": [9.0],
        "link": "identity",
    }
    inputs = [*([name, "number"] for name in NUMBERS), ["sex", "category"]]
    return pack(header.to_json(), {"inputs": inputs, "model": model})


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The sample's rows without what is to be predicted, each with a name."""
    frame = pd.read_csv(SAMPLE / "abalone.csv").drop(columns="rings").head(ROWS)
    frame.insert(0, "id", [f"shell {number}" for number in range(ROWS)])
    return frame


@pytest.fixture(scope="module")
def champion(journey: Journey) -> str:
    """The name of a model that serves."""
    given = contract()
    shelf = Shelf(journey, given)
    shelf.register(1, artifact(given))
    shelf.registry.promote(NAME, 1, "approved")
    return f"{NAME}/1"


@pytest.fixture(scope="module")
def expected(journey: Journey, champion: str, rows: pd.DataFrame) -> list[float]:
    """What the API answers of the rows."""
    instances = json.loads(rows.drop(columns="id").to_json(orient="records"))
    answer = journey.predict(NAME, instances)
    assert answer["model"] == champion
    return [float(each["value"]) for each in answer["predictions"]]


def scored(journey: Journey, file: str, body: bytes, **metadata: str) -> dict[str, Any]:
    """The newest record of a file that is dropped to be scored, once it has ended."""
    key = f"{NAME}/_batch/{file}"
    before = len(records(journey, key))
    journey.drop(key, body, **metadata)

    def look() -> dict[str, Any] | None:
        found = records(journey, key)
        return found[0] if len(found) > before and found[0]["state"] != "running" else None

    return wait_for(look, f"the end of {key}", 240)


def records(journey: Journey, key: str) -> list[dict[str, Any]]:
    """Every record of the object's versions, the newest first."""
    found = journey.find(f"/pipelines/{NAME}/batches") or {"batches": []}
    uri = f"s3://{journey.outputs['LandingBucket']}/{key}"
    return [batch for batch in found["batches"] if batch["uri"] == uri]


def result(journey: Journey, batch: dict[str, Any]) -> bytes:
    """The result's bytes, by its URI, in the results bucket."""
    assert batch["state"] == "completed", batch
    bucket, key = parse_uri(batch["result_uri"])
    assert bucket == journey.outputs["ResultsBucket"]
    answer = journey.client("s3").get_object(Bucket=bucket, Key=key)
    assert answer["Metadata"]["model"] == batch["model"]
    body: bytes = answer["Body"].read()
    return body


def exact(body: io.BytesIO) -> pd.DataFrame:
    """A CSV file with its numbers to the last bit."""
    frame = pd.read_csv(body, dtype={"value": "str"})
    return frame.assign(value=frame["value"].astype("float64"))


def lines(body: io.BytesIO) -> pd.DataFrame:
    """JSON Lines with their numbers to the last bit."""
    return pd.DataFrame([json.loads(line) for line in body])


def packed(rows: pd.DataFrame) -> dict[str, bytes]:
    """The same rows, in several formats."""
    body, sink = rows.to_csv(index=False).encode(), io.BytesIO()
    rows.to_parquet(sink)
    return {
        "today.csv": body,
        "packed.csv.gz": gzip.compress(body),
        "table.parquet": sink.getvalue(),
        "lines.jsonl": rows.to_json(orient="records", lines=True).encode(),
    }


@pytest.mark.parametrize("file", ["today.csv", "packed.csv.gz", "table.parquet", "lines.jsonl"])
def test_a_file_is_scored_as_the_api_scores_its_rows(
    journey: Journey, champion: str, rows: pd.DataFrame, expected: list[float], file: str
) -> None:
    """In its order, with its ids, in its format; the record tells the model and the cost."""
    batch = scored(journey, file, packed(rows)[file])
    body = result(journey, batch)
    read: Any = {"csv": exact, "jsonl": lines, "parquet": pd.read_parquet}
    found = read[batch["result_uri"].rpartition(".")[2]](io.BytesIO(body))
    assert list(found["id"]) == list(rows["id"])
    assert list(found["value"]) == expected
    assert (batch["model"], batch["rows"]["scored"], batch["rows"]["failed"]) == (champion, ROWS, 0)
    assert batch["cost_usd"] > 0
    assert journey.drop_record(f"{NAME}/_batch/{file}") is None


def test_rows_of_a_file_are_captured(
    journey: Journey, champion: str, rows: pd.DataFrame, expected: list[float]
) -> None:
    """Where those of requests are, with what was answered, for whoever watches."""
    batch = scored(journey, "watched.csv", packed(rows)["today.csv"])
    prefix = f"predictions/_batch/{NAME}/{batch['batch_id']}/"
    s3, bucket = journey.client("s3"), journey.outputs["CaptureBucket"]
    (found,) = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    body = gzip.decompress(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    captured = [json.loads(line) for line in body.splitlines()]
    assert [line["id"] for line in captured] == list(rows["id"])
    assert [line["value"] for line in captured] == expected
    assert {line["model"] for line in captured} == {champion}


def test_a_refused_file_says_why(journey: Journey, champion: str) -> None:
    """Its columns are named, and no result is written."""
    batch = scored(journey, "wrong.csv", b"sex,lengthy\nM,1\n")
    assert (batch["state"], batch["result_uri"], batch["model"]) == ("refused", None, champion)
    assert batch["reasons"][0].startswith("MissingColumnError: length")


@pytest.fixture(scope="module")
def large(rows: pd.DataFrame) -> bytes:
    """Some 14 MB, a bad row in a thousand."""
    given = rows.drop(columns="id").to_csv(index=False).splitlines()
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(["id", *given[0].split(",")])
    for number in range(MANY):
        cells = given[1 + number % ROWS].split(",")
        writer.writerow([number, *(cells if number % 1_000 else ["M", "long", *cells[2:]])])
    return body.getvalue().encode()


@contextmanager
def _one_at_a_time(journey: Journey) -> Iterator[None]:
    """Have Lambda refuse any worker but one: a second part fails, and waits for another try."""
    functions = journey.client("lambda")
    pages = functions.get_paginator("list_functions").paginate()
    names = [found["FunctionName"] for page in pages for found in page["Functions"]]
    (name,) = (name for name in names if "BatchBatchStepsFunction" in name)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


def test_a_large_file_is_scored_by_many_workers(
    journey: Journey, large: bytes, expected: list[float]
) -> None:
    """Cut, scored and put together in order; parts that are refused a worker come again, alone."""
    with _one_at_a_time(journey):
        batch = scored(journey, "large.csv", large)
    body = result(journey, batch)
    found = exact(io.BytesIO(body))
    assert (batch["parts"]["done"], batch["parts"]["of"] > 2) == (batch["parts"]["of"], True)
    assert batch["rows"]["read"] == MANY
    assert batch["rows"]["failed"] == MANY // 1_000
    assert list(found["id"]) == list(range(MANY))
    bad = found["id"] % 1_000 == 0
    assert set(found["error"][bad]) == {"length: is not a float"}
    assert found["error"][~bad].isna().all()
    assert found["value"][bad].isna().all()
    good = [expected[number % ROWS] for number in range(MANY) if number % 1_000]
    assert list(found["value"][~bad]) == good


def test_a_file_that_lands_over_another_is_scored_anew(
    journey: Journey, champion: str, rows: pd.DataFrame
) -> None:
    """Another record, and a result in the place of the older one's."""
    before = scored(journey, "daily.csv", packed(rows)["today.csv"])
    after = scored(journey, "daily.csv", packed(rows.head(50))["today.csv"])
    assert (after["result_uri"], after["model"]) == (before["result_uri"], champion)
    assert after["batch_id"] != before["batch_id"]
    assert list(exact(io.BytesIO(result(journey, after)))["id"]) == list(rows["id"][:50])


def test_a_file_whose_workflow_is_stopped_has_failed(
    journey: Journey, champion: str, large: bytes
) -> None:
    """Its record says so, although no step of the workflow could."""
    assert champion
    key = f"{NAME}/_batch/stopped.csv"
    journey.drop(key, large)
    wait_for(lambda: _stop(journey, records(journey, key)), "an execution to stop", 60)

    def look() -> dict[str, Any] | None:
        return next((r for r in records(journey, key) if r["state"] != "running"), None)

    batch = wait_for(look, f"the end of {key}", 60)
    assert (batch["state"], batch["result_uri"]) == ("failed", None)
    assert batch["reasons"][0].startswith("ExecutionABORTED")


def _stop(journey: Journey, batches: list[dict[str, Any]]) -> bool:
    """Stop the execution of a file that is being scored, once there is one."""
    workflows = journey.client("stepfunctions")
    for batch in batches:
        for machine in workflows.list_state_machines()["stateMachines"]:
            arn = machine["stateMachineArn"]
            for each in workflows.list_executions(stateMachineArn=arn)["executions"]:
                if each["name"] == batch["execution"]:
                    execution = each["executionArn"]
                    workflows.stop_execution(executionArn=execution)
                    return True
    return False


def test_rows_are_counted(journey: Journey, large: bytes) -> None:
    """In CloudWatch, by pipeline: rows read, and rows without an answer."""
    assert large

    def look() -> bool:
        return max(journey.metric("BatchRows", Pipeline=NAME), default=0) >= MANY

    wait_for(look, "the metric BatchRows", 30)
    assert max(journey.metric("BatchRowsFailed", Pipeline=NAME)) == MANY // 1_000
