"""A release under way: its model scores beside the champion, or answers a share of the ids."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol
from zlib import crc32

from inference.predict.attempt import Answer, Attempt, Patience, attempt
from inference.predict.capture import Outbox, write_lines
from inference.predict.loading import Champion
from inference.predict.log import log_fault
from inference.predict.pairs import extremes_of, pair
from inference.predict.request import Form, PredictionRequest

PATIENCE_SECONDS = 1.0
# Knuth's multiplicative hash: who is tried is no matter of who is captured, which crc32 decides.
MIXER = 0x9E3779B1
WHOLE = 1 << 32


class Challenger(NamedTuple):
    """A model on trial, loaded when it is first wanted: of a shadow, when the answer is out."""

    version: int
    stage: str
    share: float
    load: Callable[[], Champion | None]

    @property
    def model(self) -> Champion | None:
        """None where it cannot be loaded."""
        return self.load()


class Challengers(Protocol):
    """Knows which model is on trial."""

    def challenger(self, pipeline: str) -> Challenger | None: ...


class Tally(Protocol):
    """Writes metrics of a variant: `champion`, `canary` or `shadow`; `model` is a version."""

    def __call__(
        self, pipeline: str, variant: str, model: str, values: Mapping[str, float]
    ) -> None: ...


class Answered(NamedTuple):
    """What the champion answers of a request, and how many seconds it took."""

    form: Form
    request: PredictionRequest
    champion: Champion
    answers: list[Answer]
    seconds: float


class Trials(NamedTuple):
    """Lets challengers try; whatever they do, each row has an answer.

    `later` runs what need not be done before the answer is out.
    """

    challengers: Challengers
    tally: Tally
    later: Callable[[Callable[[], None]], None] = lambda task: task()
    clock: Callable[[], float] = time.perf_counter

    def meet(self, pipeline: str, asked: Answered, outbox: Outbox) -> list[Answer]:
        """The answers to give: the champion's, and a canary's, which name their model."""
        challenger = self.challengers.challenger(pipeline)
        if challenger is None:
            return asked.answers
        chosen = choose(asked, 0.0 if challenger.stage == "bake" else challenger.share)
        self._count_champion(pipeline, asked, chosen)
        if not chosen:
            return asked.answers
        if challenger.stage == "canary":
            said = self._try(pipeline, asked, chosen, challenger)
            for answer in said.answers.values():
                answer["model"] = f"{pipeline}/{challenger.version}"
            return [said.answers.get(n, answer) for n, answer in enumerate(asked.answers)]

        def shadow() -> None:
            try:
                said = self._try(pipeline, asked, chosen, challenger)
                name = f"{pipeline}/{challenger.version}"
                outbox.post(pipeline, _lines(name, asked, said))
            except Exception as fault:  # noqa: BLE001 - whatever a challenger does, it is logged
                log_fault("%s/%d cannot be tried", pipeline, challenger.version, fault=fault)

        self.later(shadow)
        return asked.answers

    def fail(self, pipeline: str, champion: Champion, rows: int) -> None:
        """Count rows that the champion could not answer."""
        version = champion.name.rpartition("/")[2]
        self.tally(pipeline, "champion", version, {"InvalidPredictions": rows})

    def _try(
        self, pipeline: str, asked: Answered, chosen: dict[int, Answer], challenger: Challenger
    ) -> Attempt:
        """Have it answer the rows chosen, and count how it did beside the champion."""
        model = challenger.model
        if model is None:
            said = Attempt(invalid=len(chosen))
        else:
            patience = Patience(PATIENCE_SECONDS, self.clock)
            said = attempt(model, asked.form, chosen, patience)
        values: dict[str, float] = {"InvalidPredictions": said.invalid}
        if said.answers:
            values["Predictions"] = len(said.answers)
            values |= _latencies(said.seconds, said.tried)
            values |= pair((chosen[n] for n in said.answers), said.answers.values())
        self.tally(pipeline, challenger.stage, str(challenger.version), values)
        return said

    def _count_champion(self, pipeline: str, asked: Answered, chosen: dict[int, Answer]) -> None:
        count = len(asked.answers)
        values: dict[str, float] = {"Predictions": count, **_latencies(asked.seconds, count)}
        if chosen:
            values |= extremes_of(chosen.values())
        version = asked.champion.name.rpartition("/")[2]
        self.tally(pipeline, "champion", version, values)


def choose(asked: Answered, share: float) -> dict[int, Answer]:
    """The champion's answers, by position, to the share of ids that a challenger may answer.

    The id alone decides, so that who sends ids stays with one model; a larger share holds all ids
    of a smaller one.
    """
    most = share * WHOLE
    return {
        position: answer
        for position, answer in enumerate(asked.answers)
        if crc32(answer["id"].encode()) * MIXER % WHOLE < most
    }


def _latencies(seconds: float, rows: int) -> dict[str, float]:
    """Milliseconds of a request's rows together, and of one: models are given different numbers."""
    return {"PredictionLatency": 1000 * seconds, "RowLatency": 1000 * seconds / rows}


def _lines(model: str, asked: Answered, said: Attempt) -> list[bytes]:
    rows = [asked.request.asked[n] for n in said.answers]
    request = PredictionRequest(rows, [], asked=rows)
    share = asked.champion.artifact.signature.rules.capture
    return write_lines(model, request, list(said.answers.values()), share, "shadow")
