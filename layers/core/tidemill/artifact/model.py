"""Load an artifact and predict with it, on the standard library alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tidemill.artifact import decision, steps
from tidemill.artifact.document import unpack
from tidemill.artifact.signature import Header, Scalar, Signature
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.errors import ArtifactError
from tidemill.moments import read_moment, whole_seconds

NAN = float("nan")
MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer: a number for regression, a label otherwise, with a probability per label."""

    value: Scalar
    probabilities: dict[str, float] | None = None


class Artifact:
    """A model in format `tidemill/1`, immutable and safe to share between threads.

    `threshold` is the probability from which on the second of two classes is the answer; None
    where it is the likeliest class, or a number.
    """

    __slots__ = ("_inputs", "_labels", "_predictor", "_read", "header", "threshold")

    def __init__(self, header: Header, graph: dict[str, Any]) -> None:
        self.header = header
        self._inputs = [(str(name), READERS[kind]) for name, kind in graph["inputs"]]
        self._read, width = steps.build_all(graph.get("reading", []), len(self._inputs))
        self._predictor = decision.build(graph["model"], width)
        self.threshold = decision.threshold_of(graph["model"])
        self._labels = [label_text(label) for label in header.classes]
        if not {name for name, _ in self._inputs} <= set(self.signature.names):
            raise ArtifactError("the artifact reads a field its signature does not name")
        if self._predictor.size != max(len(header.classes), 1):
            raise ArtifactError("the artifact's outputs do not fit its classes")

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read a gzipped artifact; raise ArtifactError when it is malformed or was altered."""
        header, graph = unpack(data)
        try:
            return cls(Header.from_json(header), graph)
        except MALFORMED as error:
            raise ArtifactError(f"the artifact is malformed: {error!r}") from error

    @property
    def signature(self) -> Signature:
        """The fields `predict` reads."""
        return self.header.signature

    def predict(self, rows: Sequence[Mapping[str, Scalar | None]]) -> list[Prediction]:
        """Predict each row, in order.

        Rows hold values typed by the signature: float, int, bool; str for categories, texts and
        moments in ISO 8601. None, NaN and an absent field are all missing, an unknown category is
        treated as the training pipeline treats it, a text is cut to 10,000 characters; ValueError
        names a text that is no moment. Results are bit-equal to scikit-learn's for regression by
        trees and within 1e-12 for linear models and probabilities, with the same labels.
        """
        return [self._predict_one(row) for row in rows]

    def _predict_one(self, row: Mapping[str, Scalar | None]) -> Prediction:
        cells = [read(row.get(name)) for name, read in self._inputs]
        outcome = self._predictor.predict(self._read(cells))
        if not self._labels:
            return Prediction(outcome.outputs[0])
        probabilities = dict(zip(self._labels, outcome.outputs, strict=True))
        return Prediction(self.header.classes[outcome.winner], probabilities)


def label_text(label: Scalar) -> str:
    """A label as a JSON key: as JSON spells booleans, as Python spells the rest."""
    return str(label).lower() if isinstance(label, bool) else str(label)


def _number(value: Scalar | None) -> float:
    return NAN if value is None else float(value)


def _category(value: Scalar | None) -> float | str:
    return NAN if value is None or value != value else label_text(value)


def _seconds(value: Scalar | None) -> float:
    if value is None or value != value:
        return NAN
    moment = read_moment(str(value))
    if moment is None:
        raise ValueError(f"{value!r} is no ISO 8601 timestamp")
    return whole_seconds(moment)


def _text(value: Scalar | None) -> str:
    return "" if value is None or value != value else str(value)[:MOST_CHARACTERS]


READERS: dict[str, Callable[[Scalar | None], float | str]] = {
    "number": _number,
    "category": _category,
    "timestamp": _seconds,
    "text": _text,
}
