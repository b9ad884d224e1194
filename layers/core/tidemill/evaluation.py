"""What a training run found out about its model: the page between trainer and judge.

All losses are the contract's metric turned so that lower is better, in the metric's unit; no number
is of rows that the scored model had seen.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from tidemill.contract import Task
from tidemill.records import Agreement


class Finding(BaseModel):
    """A part of an evaluation: immutable, as it was found."""

    model_config = ConfigDict(frozen=True)


class Comparison(Finding):
    """How much lower the challenger's loss is on the same rows; above zero is better.

    `low` and `high` bound it with 95 % confidence, `probability_better` is the share of bootstrap
    resamples in which the challenger wins.
    """

    difference: float
    low: float
    high: float
    probability_better: float
    resamples: int


class Slice(Finding):
    """The models on the test rows where `column` is `value`, such as a category or a month.

    `scores` are of the contract's metric, by role; `comparison` is with the champion on these rows,
    None where there is no champion.
    """

    column: str
    value: str
    rows: int
    scores: dict[str, float]
    comparison: Comparison | None = None


class Serving(Finding):
    """What serving costs: milliseconds of one row, hot, median of many; bytes of the artifact."""

    latency_ms: float
    artifact_bytes: int


class Evaluation(BaseModel):
    """`evaluation.json`: every model's metrics by role and channel, and the challenger's rivals.

    Roles are `challenger`, `champion` (None where there is none yet), `baseline`, which looks at
    no feature, and `default`, scikit-learn's own gradient boosting. All are scored on the same
    test rows. `intervals` bound the challenger's and the champion's test metrics with 95 %
    confidence. `notes` say what the numbers do not, such as that the champion could not be scored.
    A `delivered` best so far is of a search that its time cut short. `agreement` is how challenger
    and champion compare answer by answer.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    task: Task
    metric: str
    rows: dict[str, int]
    models: dict[str, dict[str, dict[str, float]] | None]
    comparisons: dict[str, Comparison | None]
    intervals: dict[str, dict[str, tuple[float, float]]] = {}
    slices: tuple[Slice, ...] = ()
    serving: Serving | None = None
    champion_dataset_version: str | None = None
    agreement: Agreement | None = None
    delivered: Literal["complete", "best so far"] = "complete"
    notes: tuple[str, ...] = ()

    def test_metrics(self, role: str) -> dict[str, float] | None:
        """The role's metrics on the test rows; None where no such model was there."""
        scored = self.models.get(role)
        return scored["test"] if scored else None
