"""Load an artifact and predict with it: by the compiled kernel, or in pure Python."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Self

from tidemill.artifact import kernel, predictors
from tidemill.artifact.document import Buffer, unpack
from tidemill.artifact.forest import Forest
from tidemill.artifact.prediction import Prediction, Scores, label_text
from tidemill.artifact.signature import Header, Scalar, Signature
from tidemill.errors import ArtifactError

NAN = float("nan")
MISSING = -1
MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

type Evaluator = Literal["kernel", "python"]


class Artifact:
    """A model in format `tidemill/2`, immutable and safe to share between threads.

    `vocabularies` give the code of each known category, by field.
    """

    __slots__ = ("_inputs", "_kernel", "_labels", "_predictor", "header", "vocabularies")

    def __init__(
        self, header: Header, graph: dict[str, Any], evaluator: Evaluator = "kernel"
    ) -> None:
        self.header = header
        self._inputs = [(str(name), kind == "category") for name, kind in graph["inputs"]]
        self._predictor = predictors.build(graph["model"], len(self._inputs))
        self._labels = [label_text(label) for label in header.classes]
        if not {name for name, _ in self._inputs} <= set(self.signature.names):
            raise ArtifactError("the artifact reads a field its signature does not name")
        if self._predictor.size != max(len(header.classes), 1):
            raise ArtifactError("the artifact's outputs do not fit its classes")
        program = kernel.lowered(graph["model"], self._inputs)
        vocabularies = program.vocabularies if program else ()
        self.vocabularies: dict[str, dict[str, int]] = {
            name: texts
            for (name, _), texts in zip(self._inputs, vocabularies, strict=False)
            if texts is not None
        }
        self._kernel = None
        if program and evaluator == "kernel":
            self._kernel = kernel.compiled(program, self._inputs, header.classes)
        if self._kernel is None:
            for forest in _forests(self._predictor):
                forest.check()

    @classmethod
    def load(cls, data: Buffer, evaluator: Evaluator = "kernel") -> Self:
        """Read an artifact, mapped or in memory; ArtifactError when it is malformed or altered.

        Where there is no compiled kernel for this machine, or it lacks a step of the model, the
        pure-Python evaluator answers, bit for bit the same.
        """
        header, graph = unpack(data)
        try:
            return cls(Header.from_json(header), graph, evaluator)
        except MALFORMED as error:
            raise ArtifactError(f"the artifact is malformed: {error!r}") from error

    @property
    def signature(self) -> Signature:
        """The fields `predict` reads."""
        return self.header.signature

    @property
    def evaluator(self) -> Evaluator:
        """What answers: the compiled kernel, or pure Python."""
        return "python" if self._kernel is None else "kernel"

    def predict(self, rows: Sequence[Mapping[str, Scalar | None]]) -> list[Prediction]:
        """Predict each row, in order.

        Rows hold values typed by the signature (float, int, bool; str for categories); None, NaN
        and an absent field are all missing, an unknown category is treated as the training
        pipeline treats it. Results are bit-equal to scikit-learn's for regression by trees and
        within 1e-12 for linear models and probabilities, with the same labels.
        """
        if self._kernel is not None:
            return self._kernel.predict(rows)
        return [self._predict_one(row) for row in rows]

    def predict_one(self, row: Mapping[str, Scalar | None]) -> Prediction:
        """As `predict`, for one row."""
        if self._kernel is not None:
            return self._kernel.predict_one(row)
        return self._predict_one(row)

    def scores(self, columns: Mapping[str, Any], rows: int) -> Scores:
        """Score columns of so many rows: buffers of 64-bit floats, NaN being missing.

        A category's column is a buffer of 32-bit codes from `vocabularies`; -1 is missing, any
        other code unknown. A field without a column is missing in every row.
        """
        width = max(len(self._labels), 1)
        scores = Scores(array("d", bytes(8 * width * rows)), array("I", bytes(4 * rows)))
        given = tuple(self._column(name, category, columns, rows) for name, category in self._inputs)
        if self._kernel is not None:
            self._kernel.score(given, *scores)
            return scores
        views = [memoryview(c).cast("B").cast("i" if k else "d") for c, (_, k) in self._typed(given)]
        texts = [list(self.vocabularies.get(name, ())) for name, _ in self._inputs]
        for r in range(rows):
            cells = [
                _decoded(view[r], known) if category else view[r]
                for view, known, (_, category) in zip(views, texts, self._inputs, strict=True)
            ]
            outcome = self._predictor.predict(cells)
            scores.outputs[r * width : (r + 1) * width] = array("d", outcome.outputs)
            scores.winners[r] = outcome.winner
        return scores

    def _typed(self, given: tuple[Any, ...]) -> list[tuple[Any, tuple[str, bool]]]:
        return list(zip(given, self._inputs, strict=True))

    def _column(self, name: str, category: bool, columns: Mapping[str, Any], rows: int) -> Any:  # noqa: ANN401
        if name in columns:
            return columns[name]
        return array("i", [MISSING]) * rows if category else array("d", [NAN]) * rows

    def _predict_one(self, row: Mapping[str, Scalar | None]) -> Prediction:
        outcome = self._predictor.predict([_cell(row.get(n), c) for n, c in self._inputs])
        if not self._labels:
            return Prediction(outcome.outputs[0])
        probabilities = dict(zip(self._labels, outcome.outputs, strict=True))
        return Prediction(self.header.classes[outcome.winner], probabilities)


def _forests(predictor: object) -> Iterator[Forest]:
    """Every forest of a predictor and of those inside it."""
    if isinstance(predictor, Forest):
        yield predictor
    elif isinstance(predictor, list):
        for member in predictor:
            yield from _forests(member)
    elif is_dataclass(predictor):
        for part in fields(predictor):
            yield from _forests(getattr(predictor, part.name))


def _cell(value: Scalar | None, category: bool) -> float | str:
    if value is None or value != value:
        return NAN
    return label_text(value) if category else float(value)


def _decoded(code: int, known: list[str]) -> float | str:
    if code == MISSING:
        return NAN
    return known[code] if 0 <= code < len(known) else "\0unknown"
