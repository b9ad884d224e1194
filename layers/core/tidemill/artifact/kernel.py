"""The compiled kernel, where it is installed, with a model loaded into it."""

from collections.abc import Sequence
from typing import Any, Protocol

from tidemill.artifact.lowered_models import lower
from tidemill.artifact.lowering import NotLoweredError, Program
from tidemill.artifact.prediction import Prediction, label_text
from tidemill.artifact.signature import Scalar


class Kernel(Protocol):
    """A model that the compiled kernel evaluates."""

    def predict(self, rows: Sequence[Any], /) -> list[Prediction]: ...
    def predict_one(self, row: Any, /) -> Prediction: ...  # noqa: ANN401 - a mapping
    def score(self, columns: tuple[Any, ...], outputs: Any, winners: Any, /) -> None: ...  # noqa: ANN401


def lowered(model: dict[str, Any], inputs: Sequence[tuple[str, bool]]) -> Program | None:
    """The model's program, unless one of its nodes has none."""
    try:
        return lower(model, [category for _, category in inputs])
    except NotLoweredError:
        return None


def compiled(
    program: Program, inputs: Sequence[tuple[str, bool]], classes: Sequence[Scalar]
) -> Kernel | None:
    """The program in a kernel, unless there is none for this machine.

    ValueError where the kernel refuses the program or a forest of it.
    """
    try:
        from tidemill_native import scoring  # noqa: PLC0415 - there need be none
    except ImportError:
        return None
    kernel: Kernel = scoring.Kernel(
        program.operations,
        program.numbers,
        program.slots,
        tuple(zip([name for name, _ in inputs], program.vocabularies, strict=True)),
        program.forests,
        (program.first, program.winner),
        tuple(classes),
        tuple(label_text(label) for label in classes),
        Prediction,
        label_text,
    )
    return kernel
