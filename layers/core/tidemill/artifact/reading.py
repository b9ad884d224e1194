"""What a request's cell becomes before any step sees it, by the kind of input."""

from collections.abc import Callable

from tidemill.artifact.prediction import label_text
from tidemill.artifact.signature import Scalar
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.moments import read_moment, whole_seconds

NAN = float("nan")


def read_number(value: Scalar | None) -> float:
    """A float; NaN where there is none."""
    return NAN if value is None else float(value)


def read_category(value: Scalar | None) -> float | str:
    """A category's text; NaN where there is none."""
    return NAN if value is None or value != value else label_text(value)


def read_seconds(value: Scalar | None) -> float:
    """Whole seconds since 1970; ValueError for a text that is no moment."""
    if value is None or value != value:
        return NAN
    moment = read_moment(str(value))
    if moment is None:
        raise ValueError(f"{value!r} is no ISO 8601 timestamp")
    return whole_seconds(moment)


def read_text(value: Scalar | None) -> str:
    """A text, cut; empty where there is none."""
    return "" if value is None or value != value else str(value)[:MOST_CHARACTERS]


READERS: dict[str, Callable[[Scalar | None], float | str]] = {
    "number": read_number,
    "category": read_category,
    "timestamp": read_seconds,
    "text": read_text,
}
