"""What was measured of a model on trial and of the champion beside it: the port, and its fake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Subject:
    """A model of a pipeline in a role: `champion`, `canary` or `shadow`."""

    pipeline: str
    variant: str
    model: int


@dataclass(frozen=True, slots=True)
class Seen:
    """Sums since a release began: rows answered soundly and not, and how they compare by pairs.

    `requests` is how many latencies were measured; `low` and `high` are None where none was.
    """

    predictions: float = 0
    invalid: float = 0
    requests: int = 0
    differences: float = 0
    squares: float = 0
    fourths: float = 0
    disagreements: float = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """Requests since a stage began: of the pipeline, and of the whole API.

    The pipeline's `failed` or were `answered`. Of all that were `asked`, so many are `unexplained`:
    the API answered 5xx, and no pipeline's failure says why.
    """

    failed: float = 0
    answered: float = 0
    unexplained: float = 0
    asked: float = 0


class Readings(Protocol):
    """Metrics, as far as they have arrived."""

    def seen(self, subject: Subject, since: str) -> Seen: ...

    def latency(self, subject: Subject, since: str, percent: float) -> float | None:
        """A percentile of the milliseconds a row took; None where none was measured."""

    def failures(self, pipeline: str, since: str) -> Failures: ...


@dataclass
class InMemoryReadings:
    """Readings that were made up."""

    subjects: Mapping[Subject, Seen] = field(default_factory=dict)
    latencies: Mapping[Subject, list[float]] = field(default_factory=dict)
    api: Failures = Failures()

    def seen(self, subject: Subject, since: str) -> Seen:  # noqa: ARG002 - the port's
        return self.subjects.get(subject, Seen())

    def latency(self, subject: Subject, since: str, percent: float) -> float | None:  # noqa: ARG002
        ordered = sorted(self.latencies.get(subject, []))
        if not ordered:
            return None
        return ordered[min(int(percent / 100 * len(ordered)), len(ordered) - 1)]

    def failures(self, pipeline: str, since: str) -> Failures:  # noqa: ARG002 - the port's
        return self.api
