"""Load an artifact and predict with it: by the compiled kernel, or in pure Python."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

from tidemill.artifact import decision, kernel, steps
from tidemill.artifact.bodies import Reader
from tidemill.artifact.document import Buffer, unpack
from tidemill.artifact.forest import Forest
from tidemill.artifact.prediction import Prediction, Scores, label_text
from tidemill.artifact.reading import READERS
from tidemill.artifact.signature import Header, Scalar, Signature
from tidemill.errors import ArtifactError

if TYPE_CHECKING:
    from tidemill.artifact.explanation import Explainer

MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

type Evaluator = Literal["kernel", "python"]
type Rows = Sequence[Mapping[str, Scalar | None]]


class Artifact:
    """A model in format `tidemill/2`, immutable and safe to share between threads.

    `threshold` is the probability from which on the second of two classes is the answer; None
    where it is the likeliest class, or a number. `reader` answers the bodies of requests in which
    nothing is odd; None without the kernel, or where it would not be exact.
    """

    __slots__ = (
        "_compiled",
        "_explainer",
        "_graph",
        "_inputs",
        "_labels",
        "_predictor",
        "_read",
        "header",
        "reader",
        "threshold",
    )

    def __init__(
        self, header: Header, graph: dict[str, Any], evaluator: Evaluator = "kernel"
    ) -> None:
        self.header = header
        self._graph = graph
        self._explainer: Explainer | None = None
        self._inputs = [(str(name), READERS[kind]) for name, kind in graph["inputs"]]
        self._read, width = steps.build_all(graph.get("reading", []), len(self._inputs))
        self._predictor = decision.build(graph["model"], width)
        self.threshold = decision.threshold_of(graph["model"])
        self._labels = [label_text(label) for label in header.classes]
        if not {name for name, _ in self._inputs} <= set(self.signature.names):
            raise ArtifactError("the artifact reads a field its signature does not name")
        if self._predictor.size != max(len(header.classes), 1):
            raise ArtifactError("the artifact's outputs do not fit its classes")
        self._compiled = kernel.load(graph, header.classes) if evaluator == "kernel" else None
        self.reader: Reader | None = self._compiled.reader(header) if self._compiled else None
        if self._compiled is None:
            for forest in _forests(self._predictor):
                forest.check()

    @classmethod
    def load(cls, data: Buffer, evaluator: Evaluator = "kernel", *, known: bool = False) -> Self:
        """Read an artifact, mapped or in memory; ArtifactError when it is malformed or altered.

        Bytes that the caller has hashed already are `known`: they are not hashed again. Where there
        is no compiled kernel for this machine, or it lacks a step of the model, the pure-Python
        evaluator answers, bit for bit the same.
        """
        header, graph = unpack(data, known=known)
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
        return "python" if self._compiled is None else "kernel"

    @property
    def vocabularies(self) -> Mapping[str, Mapping[str, int]]:
        """The code of each category that `scores` knows, by field; empty without the kernel."""
        return self._compiled.vocabularies if self._compiled else {}

    @property
    def explainer(self) -> "Explainer":
        """What says what each field adds to an answer, made when it is first asked for.

        NotExplainableError where a model cannot be explained exactly; ArtifactError where what
        only explanations read is malformed.
        """
        if self._explainer is None:
            from tidemill.artifact.explanation import Explainer  # noqa: PLC0415 - seldom needed

            compiled = self._compiled is not None
            try:
                self._explainer = Explainer(self.header, self._graph, compiled=compiled)
            except MALFORMED as error:
                raise ArtifactError(f"the model cannot be explained: {error!r}") from error
        return self._explainer

    def predict(self, rows: Rows) -> list[Prediction]:
        """Predict each row, in order.

        Rows hold values typed by the signature: float, int, bool; str for categories, texts and
        moments in ISO 8601. None, NaN and an absent field are all missing, an unknown category is
        treated as the training pipeline treats it, a text is cut to 10,000 characters; ValueError
        names a text that is no moment. Results are bit-equal to scikit-learn's for regression by
        trees and within 1e-12 for linear models and probabilities, with the same labels.
        """
        return self._compiled.kernel.predict(rows) if self._compiled else self.reference(rows)

    def reference(self, rows: Rows) -> list[Prediction]:
        """As `predict`, in pure Python whether there is a kernel or not."""
        return [self._predict_one(row) for row in rows]

    def predict_one(self, row: Mapping[str, Scalar | None]) -> Prediction:
        """As `predict`, for one row."""
        compiled = self._compiled
        return compiled.kernel.predict_one(row) if compiled else self._predict_one(row)

    def scores(self, columns: Mapping[str, Any], rows: int) -> Scores:
        """Score columns of so many rows, by the kernel and without the GIL.

        A column is a buffer of 64-bit floats, NaN being missing and moments being seconds since
        1970; a category's is one of 32-bit codes from `vocabularies`, -1 being missing and any
        other code unknown. A field without a column is missing in every row. ArtifactError where
        there is no kernel, or the model reads texts.
        """
        if self._compiled is None or self._compiled.reads_texts:
            raise ArtifactError("the model cannot be scored by columns here: predict its rows")
        width = max(len(self._labels), 1)
        scores = Scores(array("d", bytes(8 * width * rows)), array("I", bytes(4 * rows)))
        given = [self._compiled.column(name, columns, rows) for name, _ in self._inputs]
        self._compiled.kernel.score(tuple(given), *scores)
        return scores

    def _predict_one(self, row: Mapping[str, Scalar | None]) -> Prediction:
        cells = [read(row.get(name)) for name, read in self._inputs]
        outcome = self._predictor.predict(self._read(cells))
        if not self._labels:
            return Prediction(outcome.outputs[0])
        probabilities = dict(zip(self._labels, outcome.outputs, strict=True))
        return Prediction(self.header.classes[outcome.winner], probabilities)


def _forests(predictor: object) -> Iterator[Forest]:
    """Every forest of a predictor and of those inside it."""
    if isinstance(predictor, Forest):
        yield predictor
    elif isinstance(predictor, list | tuple):
        for part in predictor:
            yield from _forests(part)
