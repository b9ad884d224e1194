"""What was answered is captured, and what could not be is counted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from inference.predict.capture import FirehoseStream, capture
from inference.predict.request import PredictionRequest


class FlakyStream:
    """A stream that refuses its first lines so many times."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.taken: list[bytes] = []
        self.sizes: list[int] = []

    def put(self, lines: list[bytes]) -> list[bytes]:
        self.sizes.append(len(lines))
        refused = lines[:1] if self.refusals else []
        self.refusals -= bool(refused)
        self.taken += [line for line in lines if line not in refused]
        return refused


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


def test_large_requests_are_sent_in_parts() -> None:
    """Of 500, as Firehose takes them."""
    stream = FlakyStream(0)
    assert send(stream, 1001) == 0
    assert stream.sizes == [500, 500, 1]


@pytest.mark.parametrize(("refusals", "lost"), [(1, 0), (2, 0), (3, 1)])
def test_refused_lines_are_sent_again(refusals: int, lost: int) -> None:
    """Three times in all; what is left then is counted as lost."""
    stream = FlakyStream(refusals)
    assert send(stream) == lost
    assert len(set(stream.taken)) == 3 - lost


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
    """Firehose down or throttled: the lines come back to be sent again."""
    fault = ClientError({"Error": {"Code": "ServiceUnavailableException"}}, "PutRecordBatch")
    partial = {"RequestResponses": [{"RecordId": "1"}, {"ErrorCode": "Slow"}, {"RecordId": "3"}]}
    last = {"RequestResponses": [{"RecordId": "2"}]}
    assert send(FirehoseStream(Firehose(fault, partial, last), "s")) == 0
    assert send(FirehoseStream(Firehose(fault, fault, fault), "s")) == 3
