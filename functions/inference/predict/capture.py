"""What was asked and what was answered, as lines for S3."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol
from zlib import crc32

from inference.predict.request import PredictionRequest
from inference.predict.spelling import quoted, spelt
from tidemill.clock import now

RECORD_BYTES = 500_000
CALL_BYTES = 3_500_000
ATTEMPTS = 2


class Stream(Protocol):
    """Where captured predictions go."""

    def put(self, records: list[bytes]) -> list[bytes]:
        """Send records; those that were not taken come back."""


class Outbox(Protocol):
    """Takes the lines of an answer, one or more a piece, and sends them, now or later.

    What is lost is counted.
    """

    def post(self, pipeline: str, lines: list[bytes]) -> None: ...

    def done(self) -> None:
        """The request is answered: what is held may be sent."""


class DirectOutbox:
    """Sends at once; `lose` is told of the pipeline and of how many lines were lost."""

    def __init__(self, stream: Stream, lose: Callable[[str, int], None]) -> None:
        self._stream = stream
        self._lose = lose

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        if lost := deliver(lines, self._stream):
            self._lose(pipeline, lost)

    def done(self) -> None:
        """Nothing is held."""


def write_lines(
    model: str,
    request: PredictionRequest,
    answers: list[dict[str, Any]],
    share: float = 1.0,
    variant: str = "champion",
) -> list[bytes]:
    """A JSON line a prediction, of a share of them that the ids decide.

    `key` is the same for the same id asked of the same model again: a reader counts it once. An
    answer that names its own model is a canary's; what was not answered is of variant `shadow`.
    """
    ours, canary = _shared(model, variant), _shared(model, "canary")
    return [
        spelt(
            {
                **(canary if "model" in answer else ours),
                "key": f"{answer.get('model', model)}/{answer['id']}",
                "features": row,
                **answer,
            }
        )
        + b"\n"
        for row, answer in zip(request.asked, answers, strict=True)
        if share >= 1.0 or crc32(answer["id"].encode()) < share * 2**32
    ]


def opening_of(model: str) -> str:
    """How each line of a model begins, up to where the id stands in its key."""
    members = "".join(f"{quoted(name)}:{quoted(value)}," for name, value in _shared(model).items())
    return f'{{{members}"key":{quoted(f"{model}/")[:-1]}'


def _shared(model: str, variant: str = "champion") -> dict[str, str]:
    pipeline = model.rpartition("/")[0]
    return {"pipeline": pipeline, "model": model, "variant": variant, "at": now()}


def deliver(lines: list[bytes], stream: Stream) -> int:
    """Send lines; how many could not be sent after two attempts.

    Firehose bills a record as a multiple of 5 KB, so lines travel together.
    """
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
