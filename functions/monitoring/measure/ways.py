"""How a model's quality is estimated without outcomes, or why it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from monitoring.measure.chances import ByChances
from monitoring.measure.errors import OF_METRIC, ByErrors
from monitoring.measure.estimate import MOST_CLASSES
from monitoring.measure.scores import LEAST_ROWS, Score
from monitoring.measure.tested import Tested, open_artifact
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
            tested = Tested.of(model, dataset, contract, store)
            if contract.problem != "regression":
                return cls(ByChances(tested), CHANCES)
            folder, losses = model.artifact_uri.rpartition("/")[0], recorded["expected_errors"]
            way = _of_numbers(losses, tested, folder, store)
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
    if len(labels := recorded.get("classes", [])) > MOST_CLASSES:
        return f"it tells {len(labels)} classes apart, and more than {MOST_CLASSES} are not counted"
    if dataset is None:
        return "the dataset that it was tested on is gone"
    few = dataset.rows.get("test", 0) < LEAST_ROWS
    return f"fewer than {LEAST_ROWS} rows tested it" if few else ""


def _of_numbers(recorded: Mapping[str, Any], tested: Tested, folder: str, store: Store) -> ByErrors:
    """Of models of losses only those that are, byte for byte, what training recorded."""
    artifacts = {
        loss: open_artifact(f"{folder}/{found['file']}", found["sha256"], store)
        for loss, found in recorded["losses"].items()
    }
    ranges = {name: (low, high) for name, (low, high) in recorded["ranges"].items()}
    return ByErrors(artifacts, tested, ranges, recorded["answer"])
