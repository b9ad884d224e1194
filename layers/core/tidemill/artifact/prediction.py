"""What a model answers."""

from array import array
from typing import NamedTuple

from tidemill.artifact.signature import Scalar


class Prediction(NamedTuple):
    """One answer: a number for regression, a label otherwise, with a probability per label."""

    value: Scalar
    probabilities: dict[str, float] | None = None


class Scores(NamedTuple):
    """Answers as numbers: `outputs` row by row, a probability per class or one number.

    `winners` are places among the header's classes, and zeros for regression.
    """

    outputs: "array[float]"
    winners: "array[int]"


def label_text(label: Scalar) -> str:
    """A label as a JSON key: as JSON spells booleans, as Python spells the rest."""
    return str(label).lower() if isinstance(label, bool) else str(label)
