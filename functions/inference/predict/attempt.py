"""What a challenger makes of rows that the champion answers: it may fail, and nobody sees it."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from inference.predict.loading import Champion
from inference.predict.request import Form, read_instances

MOST_AT_ONCE = 1024
type Answer = dict[str, Any]


class Attempt:
    """Sound answers by the position of their row; rows that time did not suffice for are in none.

    `invalid` counts rows that it could not read, that it failed on, or answered with no number.
    """

    __slots__ = ("answers", "invalid", "seconds")

    def __init__(self, invalid: int = 0) -> None:
        self.answers: dict[int, Answer] = {}
        self.invalid = invalid
        self.seconds = 0.0

    @property
    def tried(self) -> int:
        """How many rows it was given."""
        return len(self.answers) + self.invalid


class Patience(NamedTuple):
    """How long a challenger may take over a request; it is looked at between lots of rows."""

    seconds: float
    clock: Callable[[], float]


def attempt(
    model: Champion, form: Form, champion: Mapping[int, Answer], patience: Patience
) -> Attempt:
    """Have the model answer the rows that `champion` answers, by their positions in the form.

    Lots double from one row on, so that a slow model is stopped early. Nothing is raised.
    """
    found = Attempt()
    started = patience.clock()
    positions = list(champion)
    start, size = 0, 1
    while start < len(positions) and patience.clock() - started < patience.seconds:
        _score(model, form, positions[start : start + size], found)
        start, size = start + size, min(2 * size, MOST_AT_ONCE)
    found.seconds = patience.clock() - started
    for position, answer in list(found.answers.items()):
        if not _is_sound(answer, champion[position]):
            del found.answers[position]
            found.invalid += 1
    return found


def _score(model: Champion, form: Form, positions: Sequence[int], found: Attempt) -> None:
    """A lot at a time; the rows of one that fails, each on its own."""
    lot = Form([form.instances[p] for p in positions], [form.ids[p] for p in positions])
    try:
        request = read_instances(lot, model.instances)
        said = [] if request.faults else model.artifact.predict(request.rows)
    except Exception:  # noqa: BLE001 - whatever a challenger does, the champion answers
        said = []
    if len(said) == len(positions):
        for position, name, prediction in zip(positions, lot.ids, said, strict=True):
            found.answers[position] = _answer(name, prediction)
    elif len(positions) > 1:
        for position in positions:
            _score(model, form, [position], found)
    else:
        found.invalid += 1


def _answer(name: str, prediction: Any) -> Answer:  # noqa: ANN401 - the kernel's or Python's
    answer: Answer = {"id": name, "value": prediction.value}
    if prediction.probabilities is not None:
        answer["probabilities"] = prediction.probabilities
    return answer


def _is_sound(answer: Answer, champion: Answer) -> bool:
    """Of the champion's kind, and of numbers that are some."""
    if ("probabilities" in answer) != ("probabilities" in champion):
        return False
    shares = answer.get("probabilities")
    if shares is not None:
        return all(0 <= share <= 1 for share in shares.values())
    return isfinite(answer["value"])
