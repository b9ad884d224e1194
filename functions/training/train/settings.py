"""A run's settings, as its hyperparameters spell them."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from tidemill.contract import METRICS, Contract, Task


class RunSettings(BaseModel):
    """What one training run is asked to do; `max_seconds` is for the whole run.

    `sample_rows`, where there are more to learn from, are what `memory_mb` of memory can hold.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    contract: Contract
    pipeline: str
    dataset_version: str
    task: Task
    metric: str
    trials: int = Field(default=40, ge=1)
    seed: int = Field(default=0, ge=0)
    max_seconds: float = Field(default=3600, gt=0)
    sample_rows: int | None = Field(default=None, ge=1)
    memory_mb: int = Field(default=0, ge=0)

    @classmethod
    def from_job(cls, contract: Contract, parameters: dict[str, str]) -> Self:
        """Parse SageMaker's hyperparameters; a metric that does not fit the task is refused."""
        defaults = {
            "pipeline": contract.pipeline,
            "task": contract.problem,
            "metric": contract.objective,
            "trials": contract.training.trials,
            "seed": contract.training.seed,
        }
        settings = cls.model_validate(defaults | parameters | {"contract": contract})
        if settings.metric not in METRICS[settings.task]:
            raise ValueError(f"metric {settings.metric!r} does not measure {settings.task}")
        return settings
