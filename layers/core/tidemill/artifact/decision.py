"""The last nodes of a classifier: better probabilities, and the label they are decided by.

`calibrated` corrects the probabilities of the model below, and its likeliest class wins;
`threshold` lets the second of two classes win from some probability on.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from tidemill.artifact import calibration, predictors
from tidemill.artifact.predictors import Outcome, Predictor
from tidemill.artifact.steps import Row
from tidemill.errors import ArtifactError

AT = 1e-9


class Calibrated(NamedTuple):
    """The model below with its probabilities corrected."""

    model: Predictor
    correct: calibration.Correction

    @property
    def size(self) -> int:
        return self.model.size

    def predict(self, row: Row) -> Outcome:
        outputs = self.correct(self.model.predict(row).outputs)
        return Outcome(outputs, outputs.index(max(outputs)))


class Threshold(NamedTuple):
    """The binary model below; its second class wins from `threshold` on."""

    model: Predictor
    threshold: float

    @property
    def size(self) -> int:
        return self.model.size

    def predict(self, row: Row) -> Outcome:
        outputs = self.model.predict(row).outputs
        return Outcome(outputs, int(outputs[1] >= least(self.threshold)))


def build(
    spec: dict[str, Any], width: int, below: Callable[..., Predictor] = predictors.build
) -> Predictor:
    """The predictor a graph's model node describes, for rows of `width` inputs.

    `below` builds what lies under calibration and threshold.
    """
    if spec["kind"] == "threshold":
        return _threshold(float(spec["threshold"]), build(spec["model"], width, below))
    if spec["kind"] == "calibrated":
        model = build(spec["model"], width, below)
        return Calibrated(model, calibration.build(spec["correction"], model.size))
    return below(spec, width)


def least(threshold: float) -> float:
    """The least probability that counts as at the threshold.

    It is AT below: two machines may differ in a number's last bit, and must not in the answer.
    """
    return threshold - AT


def threshold_of(model: dict[str, Any]) -> float | None:
    """The threshold of a graph's model node; None where the likeliest class wins."""
    return float(model["threshold"]) if model["kind"] == "threshold" else None


def _threshold(threshold: float, model: Predictor) -> Threshold:
    if model.size != 2 or not 0 <= threshold <= 1:
        raise ArtifactError(f"threshold {threshold} does not fit {model.size} outputs")
    return Threshold(model, threshold)
