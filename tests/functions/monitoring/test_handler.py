"""Captures as Firehose delivers them, from the queue to metrics and the registry."""

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.watch.handler import handler
from tests.functions.conftest import Account, in_queue, load_event
from tidemill.contract import parse_contract
from tidemill.records import DatasetRecord, ModelRecord, Verdict

CONTRACT = """
pipeline: shells
target: rings
sources: {rows: {columns: {length: {type: float}, sex: {type: category}, rings: {type: int}}}}
monitor: {drift: {window: 100}}
"""
ROWS = [{"length": n / 100, "sex": "MF"[n % 2], "rings": n} for n in range(100)]
KEY = "predictions/2026/11/22/10/capture.jsonl.gz"


def promote(account: Account) -> None:
    body = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS * 10), body)
    key = "datasets/shells/v1/train/part-00000.parquet"
    account.s3.put_object(Bucket="data", Key=key, Body=body.getvalue())
    nothing = dict.fromkeys(("contract_version", "contract_uri", "profile_uri", "created_at"), "")
    dataset = {"dataset_version": "v1", "drops": (), "rows": {}, **nothing}
    channels = {"train": "s3://data/datasets/shells/v1/train/"}
    account.registry.put_contract(parse_contract(CONTRACT))
    account.registry.put_dataset(
        "shells", DatasetRecord.model_validate(dataset | {"channels": channels})
    )
    fields = ("package_arn", "run", "artifact_uri", "artifact_sha256", "report_uri")
    model = {"model_version": 1, "dataset_version": "v1", "metrics": {}, **nothing}
    verdict = Verdict(passed=True, reasons=())
    named = dict.fromkeys(fields, "")
    account.registry.put_model(
        "shells", ModelRecord.model_validate(model | named | {"verdict": verdict})
    )
    account.registry.promote("shells", 1, "approved")


def captured(account: Account, rows: list[dict[str, Any]], metadata: dict[str, str]) -> Any:  # noqa: ANN401
    return deliver(put(account, KEY, lines_of(rows), **metadata))


def lines_of(rows: list[dict[str, Any]], pipeline: str = "shells") -> bytes:
    """What is captured of rows, packed."""
    line = {"pipeline": pipeline, "variant": "champion"}
    lines = [json.dumps(line | {"features": row}).encode() + b"\n" for row in rows]
    return gzip.compress(b"".join(lines))


def put(account: Account, key: str, body: bytes, **metadata: str) -> dict[str, Any]:
    """Write a capture; the event that tells of it."""
    account.s3.put_object(Bucket="capture", Key=key, Body=body, Metadata=metadata)
    event = load_event("object_created")
    event["detail"]["bucket"]["name"] = "capture"
    event["detail"]["object"] |= {"key": key}
    event["detail"]["object"].pop("version-id", None)
    return event


def deliver(*events: dict[str, Any]) -> Any:  # noqa: ANN401 - what Lambda is answered
    return handler(in_queue(*events), LambdaContext())


@pytest.fixture
def watched(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with a champion, and a bucket for captures."""
    account.s3.create_bucket(Bucket="capture")
    monkeypatch.setenv("TIDEMILL_CAPTURE_BUCKET", "capture")
    promote(account)
    return account


def test_a_capture_becomes_metrics_a_report_and_an_event(
    watched: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full window of shifted rows: the column is named wherever somebody may look."""
    rows = [row | {"length": 5.0 + n / 100} for n, row in enumerate(ROWS)]
    assert captured(watched, rows, {}) == {"batchItemFailures": []}
    assert '"DriftedFeatures"' in capsys.readouterr().out
    (found,) = watched.registry.drifts("shells")
    assert found["drifted"] == ["length"]
    page = watched.s3.get_object(Bucket="capture", Key=f"drift/shells/{found['report']}.html")
    assert page["ContentType"].startswith("text/html")
    (event,) = watched.received()
    assert (event["detail-type"], event["detail"]["features"]) == ("DriftDetected", ["length"])


def test_what_was_rewritten_to_forget_somebody_is_not_seen_again(watched: Account) -> None:
    """Its rows were counted when they came."""
    assert captured(watched, ROWS, {"forgotten": "1"}) == {"batchItemFailures": []}
    assert watched.registry.drift("shells") == {}


def test_a_calm_window_has_one_metric(watched: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """Each metric is paid for by the hour in which it has a value."""
    assert captured(watched, ROWS, {}) == {"batchItemFailures": []}
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [set(line) - {"_aws"} for line in said] == [{"DriftScore", "Pipeline"}]


def test_what_cannot_be_read_fails_alone_and_nothing_counts_twice(watched: Account) -> None:
    """The others of its batch are watched; when it is mended, it is, and they change nothing."""
    halves = [put(watched, f"predictions/{n}", lines_of(ROWS[n::4])) for n in (0, 1)]
    bad = put(watched, "predictions/bad", b"no line")
    gone = put(watched, "predictions/gone", lines_of(ROWS, pipeline="gone"))
    batch = (halves[0], bad, gone, halves[1])
    assert deliver(*batch) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    put(watched, "predictions/bad", lines_of(ROWS[2::4]))
    for _ in range(2):
        assert deliver(*batch) == {"batchItemFailures": []}
        window = watched.registry.update_window("shells", "predictions", lambda found: found)
        assert window["open"]["features"]["rows"] == 75
