"""How a model's quality is estimated without outcomes, or why it is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

import pyarrow as pa

from monitoring.measure.chances import ByChances
from monitoring.measure.correction import Correction
from monitoring.measure.errors import OF_METRIC, ByErrors, Reading
from monitoring.measure.estimate import MOST_CLASSES
from monitoring.measure.scores import Score
from tidemill.artifact import Artifact, label_text
from tidemill.errors import ArtifactError
from tidemill.evaluation import Evaluation
from tidemill.store import Store

CHANCES = "confidence-based performance estimation"
ERRORS = "direct loss estimation"
OLD = "its training recorded nothing to estimate by: train it again"

type Kept = dict[str, Any]


class Way(Protocol):
    """Counts a day's rows, adds counts up, makes scores of them; `reads` are features it needs."""

    @property
    def reads(self) -> Mapping[str, str]: ...

    def count(self, rows: pa.Table) -> Kept | None: ...
    def add(self, kept: Kept, more: Kept) -> Kept: ...
    def score(self, metric: str, kept: Kept) -> Score | None: ...
    def loss(self, kept: Kept) -> Score | None: ...


@dataclass(frozen=True)
class Estimation:
    """A way and its method's name; where there is none, why."""

    way: Way | None = None
    method: str | None = None
    reason: str = ""

    @classmethod
    def of(
        cls, evaluation: Evaluation | None, metric: str, folder: str, store: Store
    ) -> "Estimation":
        """By what training recorded of the model, whose files lie in the folder."""
        if evaluation is None:
            return cls(reason=OLD)
        recorded = evaluation.model_extra or {}
        if evaluation.task == "regression":
            return _of_numbers(recorded.get("expected_errors") or {}, metric, folder, store)
        return _of_classes(recorded)


def _of_classes(recorded: Mapping[str, Any]) -> Estimation:
    shown = recorded.get("calibration") or {}
    labels = [label_text(label) for label in recorded.get("classes", [])]
    if len(labels) > MOST_CLASSES:
        reason = (
            f"it tells {len(labels)} classes apart, and more than {MOST_CLASSES} are not counted"
        )
        return Estimation(reason=reason)
    corrections = [Correction.of(curve) for curve in shown.get("curves", [])]
    if not corrections and len(labels) in {0, 2} and shown.get("bins"):
        corrections = [Correction.of_bins(shown["bins"])]
    if not corrections:
        return Estimation(reason=OLD)
    return Estimation(ByChances(corrections, labels), CHANCES)


def _of_numbers(recorded: Mapping[str, Any], metric: str, folder: str, store: Store) -> Estimation:
    """Of models of losses only those that are, byte for byte, what training recorded."""
    if not recorded.get("losses"):
        return Estimation(reason=recorded.get("reason") or OLD)
    try:
        artifacts = {
            loss: _open(f"{folder}/{found['file']}", found["sha256"], store)
            for loss, found in recorded["losses"].items()
        }
    except (FileNotFoundError, ArtifactError) as fault:
        return Estimation(reason=f"the model of its errors cannot be opened: {fault}")
    readings = {loss: Reading.of(found) for loss, found in recorded["losses"].items()}
    ranges = {name: (low, high) for name, (low, high) in recorded["ranges"].items()}
    way = ByErrors(artifacts, readings, ranges, recorded["reads"], recorded["answer"])
    if metric not in OF_METRIC:
        return Estimation(way, ERRORS, f"of the absolute error alone: {metric} is not estimated")
    return Estimation(way, ERRORS)


def _open(uri: str, digest: str, store: Store) -> Artifact:
    body = store.read(uri)
    if sha256(body).hexdigest() != digest:
        raise ArtifactError(f"{uri} is not what training recorded")
    return Artifact.load(body, known=True)
