"""Files dropped to be scored, by public interfaces alone."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from local.journey import Journey, wait_for
from tidemill.store import parse_uri

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parents[2] / "pipelines" / "abalone"
NAME = "scored"
ROWS = 200
MANY = 250_000


def contract() -> bytes:
    body = (SAMPLE / "pipeline.yaml").read_bytes()
    return body.replace(b"pipeline: abalone", b"pipeline: scored").replace(
        b"trials: 40", b"trials: 2"
    )


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The sample's rows without what is to be predicted, each with a name."""
    frame = pd.read_csv(SAMPLE / "abalone.csv").drop(columns="rings").head(ROWS)
    frame.insert(0, "id", [f"shell {number}" for number in range(ROWS)])
    return frame


@pytest.fixture(scope="module")
def champion(journey: Journey) -> str:
    """The name of a model that serves."""
    journey.drop(f"{NAME}/pipeline.yaml", contract())
    wait_for(lambda: journey.find(f"/pipelines/{NAME}"), "the contract", 60)
    journey.drop(f"{NAME}/measurements/first.csv", (SAMPLE / "abalone.csv").read_bytes())

    def look() -> str | None:
        found = journey.get(f"/pipelines/{NAME}")["champion"]
        return found and f"{NAME}/{found['model_version']}"

    return wait_for(look, "a champion", 300)


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
    return pd.read_csv(body, float_precision="round_trip")


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
    names = [found["FunctionName"] for found in functions.list_functions()["Functions"]]
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


def test_a_file_that_lands_again_is_scored_again(journey: Journey, large: bytes) -> None:
    """Another record, and the same bytes."""
    (before,) = records(journey, f"{NAME}/_batch/large.csv")
    body = result(journey, before)
    again = scored(journey, "large.csv", large)
    assert again["batch_id"] != before["batch_id"]
    assert result(journey, again) == body


def test_rows_are_counted(journey: Journey, large: bytes) -> None:
    """In CloudWatch, by pipeline: rows read, and rows without an answer."""
    assert large

    def look() -> bool:
        return max(journey.metric("BatchRows", Pipeline=NAME), default=0) >= MANY

    wait_for(look, "the metric BatchRows", 30)
    assert max(journey.metric("BatchRowsFailed", Pipeline=NAME)) == MANY // 1_000
