"""What a training run found out about its model: the page between trainer and judge."""

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
    """`evaluation.json`: every model's metrics by role and channel, and the challenger's rivals.

    Roles are `challenger`, `champion` (None where there is none yet), `baseline`, which looks at
    no feature, and `default`, scikit-learn's own gradient boosting. All are scored on the same
    test rows. `notes` say what the numbers do not, such as that the champion could not be scored.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    task: Task
    metric: str
    rows: dict[str, int]
    models: dict[str, dict[str, dict[str, float]] | None]
    comparisons: dict[str, Comparison | None]
    notes: tuple[str, ...] = ()

    def test_metrics(self, role: str) -> dict[str, float] | None:
        """The role's metrics on the test rows; None where no such model was there."""
        scored = self.models.get(role)
        return scored["test"] if scored else None
