"""The export gate: an artifact that does not predict as scikit-learn does is not delivered."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from tidemill.artifact import Artifact
from tidemill.errors import ExportParityError
from training.train.exporting.edges import THRESHOLDS, adversarial_rows, with_texts
from training.train.measuring.outputs import predict
from training.train.rows.dataset import Dataset, rows_of
from training.train.searching.candidates import Estimator

TOLERANCE = 1e-12
ROWS = 250
CHUNK = 50_000


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


def check(
    model: Estimator,
    artifact: Artifact,
    graph: dict[str, Any],
    dataset: Dataset,
    thresholds: int = THRESHOLDS,
) -> Parity:
    """Compare on all rows of validation and on adversarial rows; ExportParityError names the gap.

    The model is the delivered one, which takes raw rows. A regression made of trees alone, without
    a logarithmic link, must be equal to the bit, anything else within 1e-12, and no label may
    differ. On a sample, the evaluator in pure Python must answer as the kernel does, to the bit.
    """
    adversarial = adversarial_rows(dataset, graph, thresholds)
    raw = dataset.validation.raw
    sample, edges = (
        frame.sample(min(ROWS, len(frame)), random_state=0) for frame in (raw, adversarial)
    )
    _require_same(artifact, pd.concat([with_texts(sample, dataset), edges], ignore_index=True))
    parts = [raw.iloc[first : first + CHUNK] for first in range(0, len(raw), CHUNK)]
    frames = [adversarial, *(with_texts(part, dataset) for part in parts)]
    gaps = [_gap(model, artifact, frame, dataset) for frame in frames]
    parity = Parity(
        rows=len(raw),
        adversarial_rows=len(adversarial),
        exact=all(gap == 0 for gap, _ in gaps),
        largest_difference=float(np.max([gap for gap, _ in gaps])),
        label_flips=sum(flips for _, flips in gaps),
    )
    _require(parity, exact=not dataset.classes and _only_trees(graph["model"]))
    return parity


def _gap(
    model: Estimator, artifact: Artifact, frame: pd.DataFrame, dataset: Dataset
) -> tuple[float, int]:
    """The largest difference, relative to the larger of one and the output; labels that differ."""
    answers = artifact.predict(rows_of(frame))
    expected = predict(model, frame, dataset.classes)
    given = outputs_of(answers, bool(dataset.classes))
    gap = np.abs(given - expected) / np.maximum(1.0, np.abs(expected))
    if not dataset.classes:
        return float(gap.max()), 0
    labels = model.predict(frame).tolist()
    return float(gap.max()), sum(a.value != b for a, b in zip(answers, labels, strict=True))


def _require_same(artifact: Artifact, frame: pd.DataFrame) -> None:
    rows = rows_of(frame)
    if artifact.predict(rows) != artifact.reference(rows):
        raise ExportParityError("the kernel and the evaluator in pure Python differ")


def outputs_of(answers: list[Any], probabilities: bool) -> np.ndarray:
    """Predictions as the metrics want them."""
    if probabilities:
        return np.array([list(answer.probabilities.values()) for answer in answers])
    return np.array([answer.value for answer in answers])


def _only_trees(model: dict[str, Any]) -> bool:
    if model["kind"] == "vote":
        return all(_only_trees(member) for member in model["members"])
    return model["kind"] == "mean" or bool(
        model["kind"] == "boosting" and model["link"] == "identity"
    )


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
