"""How a model's quality is estimated without outcomes, or why it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from monitoring.measure.chances import ByChances
from monitoring.measure.errors import OF_METRIC, ByErrors
from monitoring.measure.estimate import MOST_CLASSES
from monitoring.measure.scores import Score
from monitoring.measure.tested import Tested, open_artifact
from tidemill.artifact import Artifact
from tidemill.contract import Contract
from tidemill.errors import ArtifactError
from tidemill.evaluation import Evaluation
from tidemill.records import DatasetRecord, ModelRecord
from tidemill.store import Store

CHANCES = "confidence-based performance estimation"
ERRORS = "direct loss estimation"
OLD = "its training recorded nothing to estimate by: train it again"

type Kept = dict[str, Any]


class Way(Protocol):
    """Counts a day's rows, adds counts up, makes scores of them.

    `reads` are the features it needs, by their types; `loss` the metric that a promise is of.
    """

    @property
    def reads(self) -> Mapping[str, str]: ...
    @property
    def loss(self) -> str: ...

    def count(self, rows: pa.Table) -> Kept | None: ...
    def add(self, kept: Kept, more: Kept) -> Kept: ...
    def scores(self, metrics: Sequence[str], kept: Kept) -> Mapping[str, Score | None]: ...


@dataclass(frozen=True)
class Estimation:
    """A way and its method's name; where there is none, why."""

    way: Way | None = None
    method: str | None = None
    reason: str = ""

    @classmethod
    def of(
        cls,
        evaluation: Evaluation | None,
        model: ModelRecord,
        dataset: DatasetRecord | None,
        contract: Contract,
        store: Store,
    ) -> "Estimation":
        """By a model's test rows; of numbers also by what training recorded of its errors."""
        recorded = (evaluation.model_extra or {}) if evaluation else {}
        reason = _lacking(recorded, dataset, contract)
        if reason or dataset is None:
            return cls(reason=reason)
        try:
            artifact = open_artifact(model.artifact_uri, model.artifact_sha256, store)
            if reason := _unlike(artifact, contract):
                return cls(reason=reason)
            if contract.problem != "regression":
                return cls(ByChances(Tested.of(artifact, dataset, store)), CHANCES)
            way = _of_numbers(artifact, recorded["expected_errors"], model, dataset, store)
        except (FileNotFoundError, ArtifactError) as fault:
            return cls(reason=f"what it was tested by cannot be read: {fault}")
        metric = contract.objective
        if metric in OF_METRIC:
            return cls(way, ERRORS)
        return cls(way, ERRORS, f"of the absolute error alone: {metric} is not estimated")


def _lacking(recorded: Mapping[str, Any], dataset: DatasetRecord | None, contract: Contract) -> str:
    """Why nothing can be estimated; empty where nothing lacks."""
    if contract.problem == "regression":
        losses = recorded.get("expected_errors") or {}
        if not losses.get("losses"):
            return losses.get("reason") or OLD
    return "" if dataset else "the dataset that it was tested on is gone"


def _unlike(artifact: Artifact, contract: Contract) -> str:
    """Why this model's answers are not estimated; empty where they are."""
    header = artifact.header
    if (header.target, header.task) != (contract.target, contract.problem):
        said = f"{header.task} of {header.target}"
        return f"it answers another question than the contract in force: {said}"
    if len(header.classes) > MOST_CLASSES:
        many = len(header.classes)
        return f"it tells {many} classes apart, and more than {MOST_CLASSES} are not counted"
    return ""


def _of_numbers(
    artifact: Artifact,
    recorded: Mapping[str, Any],
    model: ModelRecord,
    dataset: DatasetRecord,
    store: Store,
) -> ByErrors:
    """Of models of losses only those that are, byte for byte, what training recorded."""
    folder = model.artifact_uri.rpartition("/")[0]
    artifacts = {
        loss: open_artifact(f"{folder}/{found['file']}", found["sha256"], store)
        for loss, found in recorded["losses"].items()
    }
    ranges = {name: (low, high) for name, (low, high) in recorded["ranges"].items()}
    answer = recorded["answer"]
    read = [feature for each in artifacts.values() for feature in each.signature.features]
    also = {feature.name: feature.type for feature in read if feature.name != answer}
    return ByErrors(artifacts, Tested.of(artifact, dataset, store, also), ranges, answer)
