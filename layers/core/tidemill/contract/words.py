"""The words a contract is written in: tasks, metrics, names."""

import re
from typing import Annotated, Literal

from pydantic import (
    StringConstraints,
)

Task = Literal["regression", "binary", "multiclass"]
NAME = re.compile(r"[a-z]([a-z0-9-]{0,37}[a-z0-9])?")
NAME_RULE = "a name has up to 39 small letters, digits and hyphens, and starts with a letter"
Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]

REGRESSION_METRICS = frozenset({"rmse", "mae", "r2"})
MULTICLASS_METRICS = frozenset(
    {"roc_auc", "average_precision", "log_loss", "brier", "accuracy", "balanced_accuracy", "f1"}
)
BINARY_METRICS = MULTICLASS_METRICS | {"precision", "recall"}
METRICS = {
    "regression": REGRESSION_METRICS,
    "binary": BINARY_METRICS,
    "multiclass": MULTICLASS_METRICS,
}
DEFAULT_METRIC: dict[Task, str] = {
    "regression": "rmse",
    "binary": "average_precision",
    "multiclass": "log_loss",
}
LOWER_IS_BETTER = frozenset({"rmse", "mae", "log_loss", "brier"})


def is_name(text: str) -> bool:
    """Whether a pipeline or a source may be called that."""
    return NAME.fullmatch(text) is not None
