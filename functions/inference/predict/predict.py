"""From the body of a request to the body of its answer."""

import time
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple, Protocol

from inference.predict.capture import Outbox, write_lines
from inference.predict.cells import Tally
from inference.predict.explain import explained, require_few
from inference.predict.loading import Champion
from inference.predict.regular import Reply, answer_regular
from inference.predict.request import PredictionRequest, parse_form, read_instances
from inference.predict.spelling import spelt
from inference.predict.trials import Answered, Trials
from tidemill.artifact import Artifact
from tidemill.errors import (
    ArtifactError,
    InvalidInstancesError,
    LimitError,
    RequestError,
    TidemillError,
)

# Lambda answers at most 6 MB, in which the document is a JSON string with its quotes escaped.
MOST_BYTES = 4_500_000
# No data that a model learns from has larger ones; sums and products of them leave all floats.
BEYOND_MEASURE = 1e30

type Answers = list[dict[str, Any]]
type Explain = Callable[[Answers], Answers]


class Serving(Protocol):
    """Knows which model answers."""

    def of(self, pipeline: str) -> Champion: ...


class Measure(Protocol):
    """Writes metrics of a pipeline, or of one of its features."""

    def __call__(self, pipeline: str, values: Mapping[str, float], feature: str = "") -> None: ...


class Predictor(NamedTuple):
    """Answers requests with the champion, captures and measures; safe to share between threads.

    `refused` is told pipeline and status of every answer that holds no predictions.
    """

    champions: Serving
    outbox: Outbox
    measure: Measure
    trials: Trials | None = None
    clock: Callable[[], float] = time.perf_counter
    refused: Callable[[str, int], None] = lambda *_: None

    def answer(self, pipeline: str, body: str, *, explains: bool = False) -> str:
        """The answer's JSON document; where it `explains`, with what each field adds.

        RequestError where the request is at fault, InvalidInstancesError where instances are; see
        `Champions.of` and `require_few` for the rest. What is refused is neither scored nor
        captured.
        """
        started = self.clock()
        champion = self._champion(pipeline, body)
        reply = None if explains else self._at_once(pipeline, champion, body)
        reply = reply or self._closely(pipeline, champion, body, explains=explains)
        self.outbox.post(pipeline, reply.lines)
        spent = (self.clock() - started) * 1000
        self.measure(pipeline, {"Predictions": reply.rows, "PredictionLatency": spent})
        self._count_strange(pipeline, reply.tally)
        return reply.document

    def _champion(self, pipeline: str, body: str) -> Champion:
        try:
            return self.champions.of(pipeline)
        except TidemillError:
            parse_form(body)  # what is no request is told so, whoever is asked
            raise

    def _at_once(self, pipeline: str, champion: Champion, body: str) -> Reply | None:
        """What needs no closer look: nothing is odd in the body, and no model is on trial."""
        if self.trials is not None and self.trials.challengers.challenger(pipeline) is not None:
            return None
        return answer_regular(champion.name, champion.artifact, body, MOST_BYTES)

    def _closely(self, pipeline: str, champion: Champion, body: str, *, explains: bool) -> Reply:
        began = self.clock()
        form = parse_form(body)
        if explains:
            require_few(champion, len(form.instances))
        request = read_instances(form, champion.instances)
        if request.faults:
            self.measure(pipeline, {"InvalidInstances": request.invalid})
            raise InvalidInstancesError(request.invalid, request.faults)
        own = answers = self._predict(pipeline, request, champion)
        if self.trials is not None:
            asked = Answered(form, request, champion, answers, self.clock() - began)
            answers = self.trials.meet(pipeline, asked, self.outbox)
        said = answers
        if explains:
            models = self._models(pipeline, champion)
            answers, said = _explain(
                own, answers, lambda given: explained(given, form, request, models)
            )
        document = spelt({"model": champion.name, "predictions": said})
        if len(document) > MOST_BYTES:
            raise LimitError(
                f"the answer would hold {len(document)} bytes, more than {MOST_BYTES}; send fewer",
                "/instances",
            )
        share = champion.artifact.signature.rules.capture
        lines = write_lines(champion.name, request, answers, share)
        return Reply(document.decode(), lines, len(answers), request.tally)

    def _models(self, pipeline: str, champion: Champion) -> dict[str, Champion]:
        """Who may have answered: the champion, and then who is on trial."""
        models = {champion.name: champion}
        if self.trials is not None:
            challenger = self.trials.challengers.challenger(pipeline)
            if challenger is not None and challenger.model is not None:
                models[challenger.model.name] = challenger.model
        return models

    def _predict(
        self, pipeline: str, request: PredictionRequest, champion: Champion
    ) -> list[dict[str, Any]]:
        """The champion's answers; that it has none is counted."""
        try:
            return predict(request, champion.artifact)
        except InvalidInstancesError as fault:
            self.measure(pipeline, {"InvalidInstances": fault.invalid})
            raise
        except ArtifactError:
            if self.trials is not None:
                self.trials.fail(pipeline, champion, len(request.rows))
            raise

    def _count_strange(self, pipeline: str, tally: Tally) -> None:
        for metric, counts in (
            ("UnseenCategories", tally.unseen),
            ("OutOfRange", tally.out_of_range),
        ):
            if counts:
                self.measure(pipeline, {metric: counts.total()})
            for feature, count in counts.items():
                self.measure(pipeline, {metric: count}, feature)


def _explain(own: Answers, answers: Answers, explain: Explain) -> tuple[Answers, Answers]:
    """The answers and the same explained; the champion's `own` where a canary's cannot be."""
    try:
        return answers, explain(answers)
    except TidemillError:
        if answers is own:
            raise
        return own, explain(own)


def predict(request: PredictionRequest, artifact: Artifact) -> list[dict[str, Any]]:
    """One answer for each row: its id, the value and, for classes, their probabilities.

    Where an answer is no number that JSON knows: InvalidInstancesError if it was asked of numbers
    beyond all measure, ArtifactError if not.
    """
    answers, odd = [], []
    found = artifact.predict(request.rows)
    for position, (name, prediction) in enumerate(zip(request.ids, found, strict=True)):
        answer: dict[str, Any] = {"id": name, "value": prediction.value}
        shares = prediction.probabilities
        if shares is not None:
            answer["probabilities"] = shares
        numbers: Iterable[Any] = (prediction.value,) if shares is None else shares.values()
        if not all(map(isfinite, numbers)):
            odd.append(position)
        answers.append(answer)
    if odd:
        _refuse(odd, request)
    return answers


def _refuse(odd: list[int], request: PredictionRequest) -> None:
    """Say whose fault it is that the model has no number for some rows."""
    for position in odd:
        cells = request.rows[position].values()
        numbers = [cell for cell in cells if isinstance(cell, int | float)]
        if not any(abs(number) > BEYOND_MEASURE for number in numbers):
            raise ArtifactError(f"the model answers no finite number for {request.ids[position]}")
    says = "the model answers no finite number to numbers as large as these"
    faults = [RequestError(says, f"/instances/{position}") for position in odd]
    raise InvalidInstancesError(len(faults), faults)
