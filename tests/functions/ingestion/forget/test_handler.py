"""The function as AWS calls it: a request in the queue, rows gone from versioned buckets."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.forget import handler as forgetting
from tests.functions.conftest import Account, in_queue
from tidemill.aws import KmsKeys
from tidemill.contract import parse_contract
from tidemill.events import ForgetRequested
from tidemill.pseudonyms import pseudonym, subject_tokens

from .conftest import CONTRACT

KEY = "datasets/shop/v1/train/part-00000.parquet"
CAPTURED = "predictions/2026/11/01/00/a.jsonl"


@dataclass
class Context:
    """What the function is told of its time."""

    left: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


@dataclass
class Stored:
    """An account where anna's rows lie in two buckets."""

    account: Account
    event: dict[str, Any]

    def call(self, context: Context | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = forgetting.handler(in_queue(self.event), context or Context())
        return answer

    def versions(self, bucket: str) -> int:
        found = self.account.s3.list_object_versions(Bucket=bucket)
        return len(found["Versions"])


@pytest.fixture
def stored(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    account.s3.create_bucket(Bucket="capture")
    for bucket in ("data", "capture"):
        account.s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    made = boto3.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    master = made["KeyMetadata"]["KeyId"]
    monkeypatch.setenv("TIDEMILL_CAPTURE_BUCKET", "capture")
    monkeypatch.setenv("TIDEMILL_PSEUDONYM_KEY", master)
    contract = parse_contract(CONTRACT.replace("KEY", "1"))
    account.registry.put_contract(contract)
    keys = KmsKeys(boto3.client("kms"), master)
    key = keys.key("shop", 1)
    who = pa.array([pseudonym(name, key) for name in ("anna", "bert")], pa.binary(16))
    body = io.BytesIO()
    pq.write_table(pa.table({"who": who, "amount": [1.0, 2.0]}), body)
    account.s3.put_object(Bucket="data", Key=KEY, Body=body.getvalue())
    line = {"pipeline": "shop", "id": "anna", "features": {}}
    account.s3.put_object(Bucket="capture", Key=CAPTURED, Body=json.dumps(line))
    tokens = subject_tokens(contract, "anna", keys)
    event = ForgetRequested(pipeline="shop", request_id="r1", tokens=tokens)
    forgetting._tools.cache_clear()
    yield Stored(account, {"detail": event.model_dump(mode="json")})
    forgetting._tools.cache_clear()


def test_a_request_is_done_and_told(stored: Stored) -> None:
    """Rows and older versions are gone, the report is in the registry, the event on the bus."""
    assert stored.call() == {"batchItemFailures": []}
    body = stored.account.s3.get_object(Bucket="data", Key=KEY)["Body"].read()
    assert pq.read_table(io.BytesIO(body)).column("amount").to_pylist() == [2.0]
    assert (stored.versions("data"), stored.versions("capture")) == (1, 1)
    record = stored.account.registry.forget_report("shop", "r1")
    assert record is not None
    assert {name: tally.rows for name, tally in record.removed.items()} == {
        "datasets": 1,
        "captures": 1,
    }
    (told,) = stored.account.received()
    assert (told["detail-type"], told["detail"]["rows"]) == ("SubjectForgotten", 2)


def test_a_rewritten_capture_says_so(stored: Stored) -> None:
    """In its metadata, for those who must not take it for new predictions."""
    stored.call()
    found = stored.account.s3.head_object(Bucket="capture", Key=CAPTURED)
    assert found["Metadata"] == {"forgotten": "true"}


def test_what_takes_too_long_is_asked_for_again(stored: Stored) -> None:
    """The same request goes on the bus, and the next function goes on."""
    assert stored.call(Context(left=10_000)) == {"batchItemFailures": []}
    (again,) = stored.account.received()
    assert again["detail-type"] == "ForgetRequested"
    stored.event = again
    stored.call()
    record = stored.account.registry.forget_report("shop", "r1")
    assert record is not None
    assert record.state == "done"


def test_the_log_names_nobody(stored: Stored, caplog: pytest.LogCaptureFixture) -> None:
    """Neither by name nor by token."""
    with caplog.at_level("INFO"):
        stored.call()
    log = " ".join(str(vars(record)) for record in caplog.records)
    tokens = stored.event["detail"]["tokens"]
    assert "r1" in log
    assert not [text for text in ("anna", *tokens) if text in log]
