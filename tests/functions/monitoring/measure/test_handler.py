"""Captures, outcomes and files of outcomes, from the queue to where each of them ends."""

import gzip
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.measure.handler import handler
from tests.functions.conftest import Account, in_queue, load_event
from tests.functions.monitoring.test_handler import promote
from tidemill.outcomes import write_outcomes

AT = "2026-11-22T10:00:00.000Z"
PREDICTED, TOLD = "predictions/2026/11/22/10", "outcomes/shells"
FAILED = {"batchItemFailures": [{"itemIdentifier": "m1"}]}
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture
def measured(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with a champion, and buckets for captures and models."""
    for bucket in ("capture", "models"):
        account.s3.create_bucket(Bucket=bucket)
    monkeypatch.setenv("TIDEMILL_CAPTURE_BUCKET", "capture")
    promote(account)
    return account


def put(account: Account, key: str, body: bytes, bucket: str = "capture") -> dict[str, Any]:
    """Write an object; the event that tells of it."""
    answer = account.s3.put_object(Bucket=bucket, Key=key, Body=body)
    event = load_event("object_created")
    event["detail"]["bucket"]["name"] = bucket
    landed = event["detail"]["object"] | {"key": key, "etag": answer["ETag"].strip('"')}
    landed.pop("version-id", None)
    if "VersionId" in answer:
        landed["version-id"] = answer["VersionId"]
    event["detail"]["object"] = landed
    return event


def predicted(account: Account, name: str, ids: range, pipeline: str = "shells") -> dict[str, Any]:
    """Captured predictions of 5 each."""
    lines = [
        {
            "pipeline": pipeline,
            "model": f"{pipeline}/1",
            "variant": "champion",
            "at": AT,
            "key": f"{pipeline}/1/{number}",
            "features": {"length": 1.5, "sex": "M"},
            "id": str(number),
            "value": 5,
        }
        for number in ids
    ]
    body = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
    return put(account, f"{PREDICTED}/{name}.jsonl.gz", gzip.compress(body))


def told(account: Account, name: str, ids: range, value: str = "7") -> dict[str, Any]:
    """Outcomes told by the API."""
    lines = write_outcomes("shells", [(str(number), value) for number in ids], AT)
    return put(account, f"{TOLD}/{name}.jsonl", lines)


def deliver(*events: dict[str, Any]) -> Any:  # noqa: ANN401 - what Lambda is answered
    return handler(in_queue(*events), LambdaContext())


def rows(account: Account) -> int:
    """Predictions with an outcome."""
    return sum(
        score["rows"]
        for day in account.registry.quality("shells", "realised")
        for score in day["scores"]
        if score["slice"] is None
    )


def test_captures_and_outcomes_become_a_metric(
    measured: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of one batch, in whatever order: the day's quality, and no alarm without a promise."""
    events = (told(measured, "a", range(40)), predicted(measured, "a", range(40)))
    assert deliver(*events) == NOTHING_FAILED
    assert rows(measured) == 40
    said = capsys.readouterr().out
    assert '"RealizedQuality":[2.0]' in said
    assert "QualityBroken" not in said


@pytest.mark.parametrize("body", [b"no line\n", gzip.compress(b'{"pipeline":"shells","id":\n')])
def test_what_cannot_be_read_fails_alone(measured: Account, body: bytes) -> None:
    """It comes again, and in the end waits in the dead letters; the others are measured."""
    bad = put(measured, f"{PREDICTED}/bad.jsonl.gz", body)
    batch = (predicted(measured, "a", range(40)), bad, told(measured, "a", range(40)))
    assert deliver(*batch) == FAILED
    assert rows(measured) == 40


def test_a_batch_that_comes_again_counts_once(measured: Account) -> None:
    """What failed is taken up when it is mended; what did not fail changes nothing."""
    bad = put(measured, f"{PREDICTED}/b.jsonl.gz", b"no line\n")
    batch = (predicted(measured, "a", range(40)), bad, told(measured, "a", range(80)))
    assert deliver(*batch) == FAILED
    predicted(measured, "b", range(40, 80))
    for _ in range(2):
        assert deliver(*batch) == NOTHING_FAILED
        assert rows(measured) == 80


def test_what_is_gone_is_passed_over(measured: Account) -> None:
    """A pipeline without a contract, and an object that was deleted, keep nothing."""
    deleted = predicted(measured, "deleted", range(5))
    measured.s3.delete_object(Bucket="capture", Key=f"{PREDICTED}/deleted.jsonl.gz")
    gone = predicted(measured, "gone", range(5), pipeline="gone")
    assert deliver(gone, deleted, predicted(measured, "a", range(5))) == NOTHING_FAILED
    found = measured.s3.list_objects_v2(Bucket="capture", Prefix="quality/")["Contents"]
    assert [each["Key"].rpartition("/")[0] for each in found] == ["quality/shells/predictions/0"]


def test_files_of_outcomes_end_in_a_record(measured: Account) -> None:
    """A good one is joined; one that names no id, or no pipeline's, says why and fails nothing."""
    good = put(measured, "shells/_outcomes/a.csv", b"id,rings\n1,7\n2,8\n", "landing")
    bad = put(measured, "shells/_outcomes/b.csv", b"name,rings\n1,7\n", "landing")
    odd = put(measured, "shells/_outcomes/c.docx", b"PK", "landing")
    gone = put(measured, "gone/_outcomes/d.csv", b"id,rings\n1,7\n", "landing")
    for _ in range(2):
        assert deliver(predicted(measured, "a", range(5)), good, bad, odd, gone) == NOTHING_FAILED
    assert rows(measured) == 2
    kept = measured.registry.outcomes("shells")
    assert (kept["told"], kept["joined"]) == (2, 2)
    states = {each.uri.rpartition("/")[2]: each.state for each in measured.registry.drops("shells")}
    assert states == {"a.csv": "accepted", "b.csv": "quarantined", "c.docx": "rejected"}
    (ignored,) = measured.registry.drops("gone")
    assert ignored.state == "ignored"


def test_a_file_tells_how_many_of_its_outcomes_found_a_prediction(measured: Account) -> None:
    """Ghosts are taken, for their prediction may come yet, and are not passed off as joined."""
    body = b"id,rings\n1,7\nx,many\n" + b"".join(b"ghost-%d,7\n" % n for n in range(1_200))
    ghosts = put(measured, "shells/_outcomes/ghosts.csv", body, "landing")
    assert deliver(predicted(measured, "a", range(5)), ghosts) == NOTHING_FAILED
    (drop,) = measured.registry.drops("shells")
    assert drop.rows.accepted == 1_201
    assert drop.reasons == (
        "1 of 1,201 outcomes found a prediction so far",
        "rings: is not an int: row 2 ('many')",
    )
