"""The export gate: an artifact that does not predict as scikit-learn does is not delivered."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from tidemill.artifact import Artifact
from tidemill.errors import ExportParityError
from training.train.candidates import Estimator
from training.train.channels import Channel, Dataset
from training.train.folds import predict

TOLERANCE = 1e-12
SAMPLE = 15
ROWS = 1000
THRESHOLDS = 60


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

    A regression made of trees alone must be equal to the bit, anything else within 1e-12, and no
    label may differ.
    """
    adversarial = adversarial_rows(dataset, graph)
    validation = dataset.validation.X
    seen = validation.sample(min(ROWS, len(validation)), random_state=0)
    frame = pd.concat([seen, adversarial], ignore_index=True)
    expected = predict(model, frame, dataset.classes)
    answers = artifact.predict(Channel(frame, np.zeros(len(frame))).rows())
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


def adversarial_rows(dataset: Dataset, graph: dict[str, Any]) -> pd.DataFrame:
    """Rows at the edges: all missing, one missing, unseen category, extremes, split thresholds."""
    base = dataset.validation.X.sample(min(SAMPLE, len(dataset.validation)), random_state=0)
    frames = [base.assign(**dict.fromkeys(base.columns, np.nan))]
    for name in dataset.numeric:
        low, high = dataset.train.X[name].min(), dataset.train.X[name].max()
        reach = 10 * max(high - low, 1.0)
        edges = (np.nan, low - reach, high + reach, 0.0, -0.0)
        frames += [base.assign(**{name: value}) for value in edges]
    for name in dataset.categorical:
        frames += [base.assign(**{name: cell}) for cell in (np.nan, "", "never seen", " ")]
    frames.append(_on_thresholds(base, dataset, graph))
    merged = pd.concat(frames, ignore_index=True)
    kinds = dict.fromkeys(dataset.numeric, "float64") | dict.fromkeys(dataset.categorical, object)
    return merged.astype({name: kind for name, kind in kinds.items() if name in merged})


def _on_thresholds(base: pd.DataFrame, dataset: Dataset, graph: dict[str, Any]) -> pd.DataFrame:
    """Values on, one ulp below and one ulp above a sample of thresholds, in every number."""
    rng = np.random.default_rng(0)
    thresholds = np.unique(_thresholds(graph["model"]))
    chosen = rng.choice(thresholds, min(THRESHOLDS, len(thresholds)), replace=False)
    values = [
        v for t in chosen for v in (math.nextafter(t, -math.inf), t, math.nextafter(t, math.inf))
    ]
    rows = base.sample(len(values), replace=True, random_state=0)
    return rows.assign(**dict.fromkeys(dataset.numeric, values))


def _thresholds(model: dict[str, Any]) -> list[float]:
    found = []
    for member in _members(model):
        if "forest" in member:
            forest = Forest.read(member["forest"], 1)
            found += [threshold for threshold in forest.thresholds() if abs(threshold) < 1e300]
    return found


def _members(model: dict[str, Any]) -> list[dict[str, Any]]:
    inner = undecided(model)
    if inner["kind"] == "vote":
        return [found for member in inner["members"] for found in _members(member)]
    return [inner]


def _only_trees(model: dict[str, Any]) -> bool:
    if model["kind"] == "vote":
        return all(_only_trees(member) for member in model["members"])
    return bool(model["kind"] == "boosting")


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
