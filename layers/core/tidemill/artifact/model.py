"""Load an artifact and predict with it, on the standard library alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tidemill.artifact.signature import Header, Scalar, Signature


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer: a number for regression, a label otherwise, with a probability per label."""

    value: Scalar
    probabilities: dict[str, float] | None = None


class Artifact:
    """A model in format `tidemill/1`, immutable and safe to share between threads."""

    __slots__ = ("header",)

    def __init__(self, header: Header) -> None:
        self.header = header

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read a gzipped artifact; raise ArtifactError when it is malformed or was altered."""
        raise NotImplementedError

    @property
    def signature(self) -> Signature:
        """The fields `predict` reads."""
        return self.header.signature

    def predict(self, rows: Sequence[Mapping[str, Scalar | None]]) -> list[Prediction]:
        """Predict each row, in order.

        Rows hold values typed by the signature (float, int, bool; str for categories); None, NaN
        and an absent field are all missing, an unknown category is treated as the training
        pipeline treats it. Results are bit-equal to scikit-learn's for regression by trees and
        within 1e-12 for linear models and probabilities, with the same labels.
        """
        raise NotImplementedError
