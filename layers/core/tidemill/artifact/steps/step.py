"""What a step is, and the checks that every description of one goes through."""

from collections.abc import Callable
from typing import Any

from tidemill.errors import ArtifactError

type Row = list[Any]
type Step = Callable[[Row], Row]
type Built = tuple[Step, int]
type Builder = Callable[[dict[str, Any], int], Built]

NAN = float("nan")


def index(value: object, width: int) -> int:
    """A position in a row of `width` cells; ArtifactError when it is none."""
    if type(value) is not int or not 0 <= value < width:
        raise ArtifactError(f"position {value!r} is outside a row of {width}")
    return value


def sized(values: list[Any], width: int) -> list[Any]:
    """The values, one for each cell of a row of `width`; ArtifactError when they are not."""
    if len(values) != width:
        raise ArtifactError(f"a step describes {len(values)} columns of a row of {width}")
    return values


def number(value: float | None) -> float:
    """A number as JSON spells it: null is NaN."""
    return NAN if value is None else float(value)
