# A model's program with its trees, checked once: no row can lead it astray. ValueError names what
# is wrong with a program, a forest or a buffer. `predict` answers rows in order; `score` fills
# outputs, row by row, and winners, for a column per input, without the GIL.

from collections.abc import Buffer, Callable, Mapping, Sequence
from typing import Any, final

@final
class Kernel:
    def __new__(
        cls,
        operations: Buffer,
        numbers: Buffer,
        slots: int,
        inputs: tuple[
            tuple[str, int, int, dict[str, int] | None, Callable[[Any], Any] | None], ...
        ],
        forests: tuple[tuple[Buffer, Buffer, Buffer, Buffer, Buffer, int], ...],
        result: tuple[int, int],
        labels: tuple[Any, ...],
        names: tuple[str, ...],
        answer: Callable[[Any, Any], Any],
        spell: Callable[[Any], str],
        /,
    ) -> Kernel: ...
    def predict(self, rows: Sequence[Mapping[str, Any]], /) -> list[Any]: ...
    def predict_one(self, row: Mapping[str, Any], /) -> Any: ...  # noqa: ANN401
    def score(self, columns: tuple[Buffer, ...], outputs: Buffer, winners: Buffer, /) -> None: ...

# Answers the body of a request, or gives None where anything in it is odd: then others see to it,
# and say what is wrong. Fields: name, member of a captured line, kind, flags, bounds, characters,
# place among the kernel's inputs, texts with twice their codes plus whether they are listed.
# `tidemill.artifact.bodies` says what `answer` takes and gives; it does not hold the GIL for long.
@final
class Reader:
    def __new__(
        cls,
        kernel: Kernel,
        fields: tuple[
            tuple[str, str, int, int, float, float, int, int, tuple[tuple[str, int], ...]], ...
        ],
        target: str,
        labels: tuple[str, ...],
        members: tuple[str, ...],
        /,
    ) -> Reader: ...
    def answer(
        self, body: str, frame: tuple[str, str, str, float, int, int], /
    ) -> tuple[str, list[bytes], int, list[int] | None] | None: ...

# A forest with the weight of the training rows at each node, and points of quadrature. `explain`
# fills gains with what each cell of a row adds to an output; `work` is how many nodes it visits.
@final
class Explainer:
    def __new__(
        cls,
        nodes: Buffer,
        starts: Buffer,
        sets: Buffer,
        values: Buffer,
        cover: Buffer,
        width: int,
        outputs: int,
        points: tuple[Buffer, ...],
        /,
    ) -> Explainer: ...
    def work(self) -> int: ...
    def base(self, output: int, /) -> float: ...
    def explain(self, cells: Buffer, output: int, gains: Buffer, /) -> None: ...
