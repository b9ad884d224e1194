"""Training jobs as SageMaker describes them: status, transitions, times, cost."""

import math
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SPOT_BILLED_SHARE = 0.3
_NOT_DESCRIBED = frozenset({"Tags"})


def now() -> datetime:
    """The present, to the millisecond, as SageMaker reports times."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class NameTakenError(Exception):
    """A job of this kind and name exists already."""


class NoSuchJobError(Exception):
    """There is no job of this name."""


class NotRunningError(Exception):
    """The job has ended, or none is running."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An outcome to give to a job instead of, or `after_seconds` into, its real one."""

    fault: str
    match: str = ""
    jobs: int = 1
    after_seconds: float = 0.0


@dataclass(slots=True)
class TrainingJob:
    """One training job; every change goes through `move`, so `changed` sees them all."""

    request: dict[str, Any]
    arn: str
    created: datetime = field(default_factory=now)
    status: str = "InProgress"
    secondary: str = "Starting"
    transitions: list[dict[str, Any]] = field(default_factory=list)
    modified: datetime = field(default_factory=now)
    failure: str | None = None
    artifacts: str | None = None
    output: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    trained_seconds: float = 0.0
    metrics: list[dict[str, Any]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """The job's name, unique in the account."""
        return str(self.request["TrainingJobName"])

    @property
    def spot(self) -> bool:
        """Whether the job runs on managed spot capacity."""
        return bool(self.request.get("EnableManagedSpotTraining", False))

    @property
    def max_runtime(self) -> float:
        """Seconds of training allowed; SageMaker's default is a day."""
        return float(self.request["StoppingCondition"].get("MaxRuntimeInSeconds", 86_400))

    @property
    def max_wait(self) -> float:
        """Seconds allowed from creation to end, waiting for spot capacity included."""
        limit = self.request["StoppingCondition"].get("MaxWaitTimeInSeconds")
        return float(limit) if self.spot and limit else math.inf

    def age(self) -> float:
        """Seconds since the job was created."""
        return (datetime.now(UTC) - self.created).total_seconds()

    def move(self, secondary: str, message: str, status: str | None = None) -> None:
        """Close the running transition and open the next; a `status` is the primary one."""
        moment = now()
        if self.transitions:
            self.transitions[-1].setdefault("EndTime", moment)
        entry = {"Status": secondary, "StartTime": moment, "StatusMessage": message}
        if status in {"Completed", "Failed", "Stopped"}:
            entry["EndTime"] = moment
            self.ended = moment if self.started else None
        self.transitions.append(entry)
        self.secondary, self.modified = secondary, moment
        self.status = status or self.status

    def describe(self) -> dict[str, Any]:
        """The DescribeTrainingJob document, with datetimes where the API has timestamps."""
        document = {k: v for k, v in self.request.items() if k not in _NOT_DESCRIBED}
        document |= {
            "TrainingJobArn": self.arn,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "SecondaryStatusTransitions": [dict(each) for each in self.transitions],
            "EnableManagedSpotTraining": self.spot,
            "EnableNetworkIsolation": self.request.get("EnableNetworkIsolation", False),
            "EnableInterContainerTrafficEncryption": self.request.get(
                "EnableInterContainerTrafficEncryption", False
            ),
        }
        return document | self._outcome()

    def _outcome(self) -> dict[str, Any]:
        trained = math.ceil(self.trained_seconds)
        known = {
            "TrainingStartTime": self.started,
            "TrainingEndTime": self.ended,
            "FailureReason": self.failure,
            "ModelArtifacts": {"S3ModelArtifacts": self.artifacts} if self.artifacts else None,
            "FinalMetricDataList": self.metrics or None,
            "TrainingTimeInSeconds": trained if self.ended else None,
            "BillableTimeInSeconds": self.billable_seconds(trained) if self.ended else None,
        }
        return {name: value for name, value in known.items() if value is not None}

    def billable_seconds(self, trained: int) -> int:
        """Whole seconds billed; spot is emulated at a fixed 70 % saving."""
        return math.ceil(trained * SPOT_BILLED_SHARE) if self.spot else trained

    def summary(self) -> dict[str, Any]:
        """The job's line in ListTrainingJobs."""
        known = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "CreationTime": self.created,
            "TrainingEndTime": self.ended,
            "LastModifiedTime": self.modified,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
        }
        return {name: value for name, value in known.items() if value is not None}
