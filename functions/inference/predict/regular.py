"""Bodies of requests in which nothing is odd, answered by the compiled kernel from their bytes.

It never says what is wrong: it leaves the body to `request` and `cells`, which do.
"""

from typing import NamedTuple

from inference.predict.capture import RECORD_BYTES, opening_of
from inference.predict.cells import Tally
from inference.predict.request import MOST_CHARACTERS, unique_name
from inference.predict.spelling import quoted
from tidemill.artifact import Artifact

CHECKSUMS = 2**32


class Reply(NamedTuple):
    """A request's answer: its document, its captured lines, its rows, what was strange in them."""

    document: str
    lines: list[bytes]
    rows: int
    tally: Tally


def answer_regular(model: str, artifact: Artifact, body: str, most_bytes: int) -> Reply | None:
    """What a model of this name answers; None where only a closer look can tell.

    That is a body that is odd in any way, or whose answer would hold more than so many bytes.
    """
    if artifact.reader is None or len(body) > MOST_CHARACTERS:
        return None
    share = artifact.signature.rules.capture
    frame = (
        f'{{"model":{quoted(model)},"predictions":[',
        opening_of(model),
        f"{unique_name()}-",
        share * CHECKSUMS,
        RECORD_BYTES,
        most_bytes,
    )
    answered = artifact.reader.answer(body, frame)
    if answered is None:
        return None
    document, lines, rows, strange = answered
    return Reply(document, lines, rows, _tally(artifact, strange) if strange else Tally())


def _tally(artifact: Artifact, strange: list[int]) -> Tally:
    tally = Tally()
    for feature, count in zip(artifact.signature.features, strange, strict=True):
        if count and feature.type == "category":
            tally.unseen[feature.name] = count
        elif count:
            tally.out_of_range[feature.name] = count
            tally.replaced += count
    return tally
