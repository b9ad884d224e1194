"""What was answered is captured, and what could not be is counted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from inference.predict.capture import FirehoseStream, capture, gather
from inference.predict.request import PredictionRequest


class FlakyStream:
    """A stream that refuses its first records so many times."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[bytes] = []
        self.calls: list[int] = []

    def put(self, records: list[bytes]) -> list[bytes]:
        self.calls.append(sum(map(len, records)))
        refused = records[:1] if self.refusals else []
        self.refusals -= bool(refused)
        self.taken += [record for record in records if record not in refused]
        return refused

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.taken).splitlines()


def send(stream: Any, count: int = 3) -> int:  # noqa: ANN401 - any stream
    request = PredictionRequest([{"length": n} for n in range(count)], [])
    answers = [{"id": str(n), "value": 1.0} for n in range(count)]
    return capture("shells", "shells/1", request, answers, stream)


def test_each_prediction_is_one_line() -> None:
    """With pipeline, model, features, id and value."""
    stream = FlakyStream(0)
    assert send(stream, 1) == 0
    (line,) = stream.taken
    captured = json.loads(line)
    assert line.endswith(b"\n")
    assert captured.pop("at").endswith("Z")
    assert captured == {
        "pipeline": "shells",
        "model": "shells/1",
        "features": {"length": 0},
        "id": "0",
        "value": 1.0,
    }


def test_lines_travel_together_within_firehoses_limits() -> None:
    """No record above 1,000 KB, no call above 4 MB, and nothing missing."""
    stream = FlakyStream(0)
    assert send(stream, 60_000) == 0
    assert len(stream.lines) == 60_000
    assert max(map(len, stream.taken)) <= 1_000_000
    assert len(stream.taken) < 60
    assert max(stream.calls) <= 4_000_000


def test_a_piece_longer_than_the_limit_travels_alone() -> None:
    """Order stays as it was."""
    pieces = [b"a", b"bb", b"cccccc", b"d"]
    assert list(gather(pieces, 3)) == [[b"a", b"bb"], [b"cccccc"], [b"d"]]


@pytest.mark.parametrize(("refusals", "lost"), [(1, 0), (2, 3)])
def test_a_refused_record_is_sent_again(refusals: int, lost: int) -> None:
    """Twice in all; the predictions of what is left then are counted as lost."""
    stream = FlakyStream(refusals)
    assert send(stream) == lost
    assert len(stream.lines) == 3 - lost


class Firehose:
    """Firehose's answers, one a call."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)

    def put_record_batch(self, **_: object) -> dict[str, Any]:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_failed_call_fails_no_prediction() -> None:
    """Firehose down or throttled: the records come back to be sent again."""
    fault = ClientError({"Error": {"Code": "ServiceUnavailableException"}}, "PutRecordBatch")
    taken = {"RequestResponses": [{"RecordId": "1"}]}
    slow = {"RequestResponses": [{"ErrorCode": "Slow"}]}
    assert send(FirehoseStream(Firehose(fault, taken), "s")) == 0
    assert send(FirehoseStream(Firehose(slow, taken), "s")) == 0
    assert send(FirehoseStream(Firehose(fault, slow), "s")) == 3
