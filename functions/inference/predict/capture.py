"""What was asked and what was answered, sent to S3 through Firehose."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from inference.predict.request import PredictionRequest
from tidemill.records import now

RECORD_BYTES = 500_000
CALL_BYTES = 3_500_000
ATTEMPTS = 2


class Stream(Protocol):
    """Where captured predictions go."""

    def put(self, records: list[bytes]) -> list[bytes]:
        """Send records; those that were not taken come back."""


class FirehoseStream:
    """A stream over Firehose; a call that fails takes nothing, and fails no prediction."""

    def __init__(self, firehose: Any, name: str) -> None:  # noqa: ANN401 - a boto3 client
        self._firehose = firehose
        self._name = name

    def put(self, records: list[bytes]) -> list[bytes]:
        try:
            answer = self._firehose.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": record} for record in records]
            )
        except (ClientError, BotoCoreError):
            return records
        outcomes = zip(records, answer["RequestResponses"], strict=True)
        return [record for record, outcome in outcomes if outcome.get("ErrorCode")]


def capture(
    pipeline: str,
    model: str,
    request: PredictionRequest,
    answers: list[dict[str, Any]],
    stream: Stream,
) -> int:
    """Send a JSON line a prediction; how many could not be sent after two attempts.

    Firehose bills a record as a multiple of 5 KB, so lines travel together.
    """
    moment = now()
    lines = [
        json.dumps(
            {"pipeline": pipeline, "model": model, "at": moment, "features": row, **answer}
        ).encode()
        + b"\n"
        for row, answer in zip(request.rows, answers, strict=True)
    ]
    lost = 0
    for call in gather([b"".join(part) for part in gather(lines, RECORD_BYTES)], CALL_BYTES):
        rest = call
        for _ in range(ATTEMPTS):
            rest = stream.put(rest) if rest else []
        lost += sum(record.count(b"\n") for record in rest)
    return lost


def gather(pieces: Iterable[bytes], limit: int) -> Iterator[list[bytes]]:
    """Runs of pieces, in order, each of at most `limit` bytes or of one piece that is longer."""
    run: list[bytes] = []
    size = 0
    for piece in pieces:
        if run and size + len(piece) > limit:
            yield run
            run, size = [], 0
        run.append(piece)
        size += len(piece)
    if run:
        yield run
