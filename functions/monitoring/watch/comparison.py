"""One window held against its baseline."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitoring.watch.baseline import Baseline
from monitoring.watch.drift import Drift
from monitoring.watch.gathering import Window


@dataclass(frozen=True)
class Comparison:
    """What a window of a pipeline showed; `name` is `drop` or `predictions`.

    `since` says of each column with evidence from which window on there was some, without a break.
    """

    pipeline: str
    name: str
    window: Window
    baseline: Baseline
    drift: Drift
    since: Mapping[str, str]
    at: str
    model_version: int | None = None
