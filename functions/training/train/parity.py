"""The export gate: an artifact that does not predict as scikit-learn does is not delivered."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from tidemill.artifact import Artifact
from tidemill.errors import ExportParityError
from training.train.candidates import Estimator
from training.train.dataset import Dataset, rows_of
from training.train.edges import adversarial_rows, with_texts
from training.train.folds import predict

TOLERANCE = 1e-12
ROWS = 1000


@dataclass(frozen=True, slots=True)
class Parity:
    """What the gate saw; `largest_difference` is relative to the larger of one and the output."""

    rows: int
    adversarial_rows: int
    exact: bool
    largest_difference: float
    label_flips: int

    def to_json(self) -> dict[str, Any]:
        """The gate's findings as JSON types."""
        return asdict(self)


def check(model: Estimator, artifact: Artifact, graph: dict[str, Any], dataset: Dataset) -> Parity:
    """Compare on 1,000 rows of validation and on adversarial rows; ExportParityError names the gap.

    The model is the delivered one, which takes raw rows. A regression made of trees alone, without
    a logarithmic link, must be equal to the bit, anything else within 1e-12, and no label may
    differ.
    """
    adversarial = adversarial_rows(dataset, graph)
    validation = dataset.validation.raw
    seen = with_texts(validation.sample(min(ROWS, len(validation)), random_state=0), dataset)
    frame = pd.concat([seen, adversarial], ignore_index=True)
    expected = predict(model, frame, dataset.classes)
    answers = artifact.predict(rows_of(frame))
    given = outputs_of(answers, bool(dataset.classes))
    gap = np.abs(given - expected) / np.maximum(1.0, np.abs(expected))
    flips = sum(
        answer.value != label
        for answer, label in zip(answers, model.predict(frame).tolist(), strict=True)
    )
    parity = Parity(
        rows=len(seen),
        adversarial_rows=len(adversarial),
        exact=bool(np.array_equal(given, expected)),
        largest_difference=float(gap.max()),
        label_flips=flips if dataset.classes else 0,
    )
    _require(parity, exact=not dataset.classes and _only_trees(graph["model"]))
    return parity


def outputs_of(answers: list[Any], probabilities: bool) -> np.ndarray:
    """Predictions as the metrics want them."""
    if probabilities:
        return np.array([list(answer.probabilities.values()) for answer in answers])
    return np.array([answer.value for answer in answers])


def _only_trees(model: dict[str, Any]) -> bool:
    if model["kind"] == "vote":
        return all(_only_trees(member) for member in model["members"])
    return bool(model["kind"] == "boosting" and model["link"] == "identity")


def _require(parity: Parity, *, exact: bool) -> None:
    if parity.label_flips:
        raise ExportParityError(f"{parity.label_flips} labels differ from scikit-learn's")
    if exact and not parity.exact:
        raise ExportParityError(
            f"trees differ from scikit-learn's by {parity.largest_difference:g}, not bit-equal"
        )
    # The negation also catches NaN.
    if not parity.largest_difference <= TOLERANCE:
        raise ExportParityError(
            f"outputs differ from scikit-learn's by {parity.largest_difference:g} > {TOLERANCE:g}"
        )
