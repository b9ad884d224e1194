"""Who does the independent tasks of a search: this process, unless somebody else is given."""

from collections.abc import Callable, Sequence
from typing import Protocol


class Runner(Protocol):
    """Runs tasks that can be pickled, in any order, and gives their results in the order asked.

    `width` is how many trials are asked for before any of them is told: results depend on it, and
    on no timing.
    """

    @property
    def width(self) -> int: ...

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> list[T]: ...


class Here:
    """One task after the other, in this process."""

    width = 1

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Their results."""
        return [task() for task in tasks]
