"""The compiled kernel, where it is installed, with a model loaded into it."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from tidemill.artifact.bodies import Reader, describe
from tidemill.artifact.lowered_models import lower
from tidemill.artifact.operations import Input, NotLoweredError
from tidemill.artifact.prediction import Prediction, label_text
from tidemill.artifact.signature import Header, Scalar

MISSING = array("d", [float("nan")])
MISSING_CODE = array("i", [-1])


class Kernel(Protocol):
    """A model that the compiled kernel evaluates."""

    def predict(self, rows: Sequence[Any], /) -> list[Prediction]: ...
    def predict_one(self, row: Any, /) -> Prediction: ...  # noqa: ANN401 - a mapping
    def score(self, columns: tuple[Any, ...], outputs: Any, winners: Any, /) -> None: ...  # noqa: ANN401


class Compiled(NamedTuple):
    """A kernel and what it reads."""

    kernel: Kernel
    inputs: Sequence[Input]

    @property
    def vocabularies(self) -> dict[str, dict[str, int]]:
        """The codes of categories, by field."""
        return {i.name: i.vocabulary for i in self.inputs if i.vocabulary is not None}

    @property
    def reads_texts(self) -> bool:
        """Whether an input has no column of numbers."""
        return any(i.width != 1 or i.is_text for i in self.inputs)

    def column(self, name: str, columns: Mapping[str, Any], rows: int) -> Any:  # noqa: ANN401
        """A field's column; all missing where it is not given."""
        if name in columns:
            return columns[name]
        return (MISSING_CODE if name in self.vocabularies else MISSING) * rows

    def reader(self, header: Header) -> Reader | None:
        """What answers regular bodies of requests; None for a model that it cannot do exactly."""
        from tidemill_native import scoring  # noqa: PLC0415 - it is there: it made the kernel

        described = None if self.reads_texts else describe(header, self.inputs)
        reader: Any = scoring.Reader
        made: Reader | None = reader(self.kernel, *described) if described else None
        return made


def load(graph: dict[str, Any], classes: Sequence[Scalar]) -> Compiled | None:
    """The graph in a kernel, unless there is none for this machine or it lacks a step.

    ValueError where the kernel refuses the program or a forest of it.
    """
    try:
        from tidemill_native import scoring  # noqa: PLC0415 - there need be none

        program = lower(graph)
    except (ImportError, NotLoweredError):
        return None
    kernel: Kernel = scoring.Kernel(
        program.operations,
        program.numbers,
        program.slots,
        tuple((i.name, i.slot, i.width, i.vocabulary, i.reader) for i in program.inputs),
        program.forests,
        (program.first, program.winner),
        tuple(classes),
        tuple(label_text(label) for label in classes),
        Prediction,
        label_text,
    )
    return Compiled(kernel, program.inputs)
