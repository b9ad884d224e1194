"""What was answered is captured, and what could not be is counted."""

import json
from typing import Any

import pytest

from inference.predict.capture import DirectOutbox, deliver, gather, write_lines
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


def lines(count: int = 3, share: float = 1.0) -> list[bytes]:
    request = PredictionRequest([], [], asked=[{"length": n} for n in range(count)])
    answers: list[dict[str, Any]] = [{"id": str(n), "value": 1.0} for n in range(count)]
    return write_lines("shells/1", request, answers, share)


def send(stream: FlakyStream, count: int = 3) -> int:
    return deliver(lines(count), stream)


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
        "key": "shells/1/0",
        "variant": "champion",
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


def test_a_share_of_the_predictions_is_captured() -> None:
    """About as many as asked for, and the same ones if they are asked for again."""
    some = [json.loads(line)["id"] for line in lines(10_000, share=0.1)]
    assert 900 < len(some) < 1_100
    assert some == [json.loads(line)["id"] for line in lines(10_000, share=0.1)]
    assert lines(10, share=0.0) == []


def test_what_is_lost_is_told() -> None:
    """Once an answer, with the number of its predictions; what arrives is not."""
    told: list[tuple[str, int]] = []
    for refusals in (0, 2):
        outbox = DirectOutbox(FlakyStream(refusals), lambda name, lost: told.append((name, lost)))
        outbox.post("shells", lines())
    assert told == [("shells", 3)]
