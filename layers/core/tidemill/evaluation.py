"""What a training run found out about its model: the page between trainer and judge."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from tidemill.contract import Task


class Comparison(BaseModel):
    """How much lower the challenger's loss is on the same rows; above zero is better.

    `low` and `high` bound it with 95 % confidence, `probability_better` is the share of bootstrap
    resamples in which the challenger wins.
    """

    model_config = ConfigDict(frozen=True)

    difference: float
    low: float
    high: float
    probability_better: float
    resamples: int


class Evaluation(BaseModel):
    """`evaluation.json`: scores by metric name; champion and baseline on the test rows only."""

    model_config = ConfigDict(frozen=True, extra="allow")

    task: Task
    metric: str
    rows: dict[str, int]
    challenger: dict[str, dict[str, float]]
    champion: dict[str, float] | None = None
    baseline: dict[str, float]
    versus_champion: Comparison | None = None
    versus_baseline: Comparison
    parameters: dict[str, Any] = {}
    complete: bool = True
