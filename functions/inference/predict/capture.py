"""What was asked and what was answered, sent to S3 through Firehose."""

import json
from itertools import batched
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from inference.predict.request import PredictionRequest
from tidemill.records import now

BATCH = 500
ATTEMPTS = 3


class Stream(Protocol):
    """Where captured predictions go."""

    def put(self, lines: list[bytes]) -> list[bytes]:
        """Send lines; those that were not taken come back."""


class FirehoseStream:
    """A stream over Firehose; a call that fails takes nothing, and fails no prediction."""

    def __init__(self, firehose: Any, name: str) -> None:  # noqa: ANN401 - a boto3 client
        self._firehose = firehose
        self._name = name

    def put(self, lines: list[bytes]) -> list[bytes]:
        try:
            answer = self._firehose.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": line} for line in lines]
            )
        except (ClientError, BotoCoreError):
            return lines
        outcomes = zip(lines, answer["RequestResponses"], strict=True)
        return [line for line, outcome in outcomes if outcome.get("ErrorCode")]


def capture(
    pipeline: str,
    model: str,
    request: PredictionRequest,
    answers: list[dict[str, Any]],
    stream: Stream,
) -> int:
    """Send one JSON line a prediction; how many could not be sent after three attempts."""
    moment = now()
    lines = [
        json.dumps(
            {"pipeline": pipeline, "model": model, "at": moment, "features": row, **answer}
        ).encode()
        + b"\n"
        for row, answer in zip(request.rows, answers, strict=True)
    ]
    lost = 0
    for batch in batched(lines, BATCH, strict=False):
        rest = list(batch)
        for _ in range(ATTEMPTS):
            rest = stream.put(rest) if rest else []
        lost += len(rest)
    return lost
