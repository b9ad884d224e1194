"""What happened, in the past tense: every event on the `tidemill` bus, typed and versioned."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from tidemill.risk import Basis, Change

SOURCE = "tidemill"


class Event(BaseModel):
    """One fact; the class name is its EventBridge `detail-type`."""

    model_config = ConfigDict(frozen=True)
    schema_version: ClassVar[str] = "1"

    pipeline: str

    def to_entry(self, bus: str) -> dict[str, str]:
        """Return the entry that `events:PutEvents` takes."""
        detail = {"schema_version": self.schema_version, **self.model_dump(mode="json")}
        return {
            "EventBusName": bus,
            "Source": SOURCE,
            "DetailType": type(self).__name__,
            "Detail": json.dumps(detail),
        }

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the event that a rule delivered; ValidationError if it is another one."""
        return cls.model_validate(event["detail"])


class ContractAccepted(Event):
    """A contract dropped in the landing bucket is in force."""

    contract_version: str


class ContractRefused(Event):
    """A contract was refused; the pipeline keeps its last good one."""

    problems: tuple[str, ...]


class DropRecorded(Event):
    """A drop reached its state."""

    drop_id: str
    source: str
    state: Literal["accepted", "quarantined", "duplicate", "rejected", "ignored"]
    reasons: tuple[str, ...] = ()
    rows: int = 0


class DatasetReady(Event):
    """A dataset version is frozen: its channels are written and will not change."""

    dataset_version: str


class RetrainRequested(Event):
    """Somebody, or the monitor, wants another run on the newest dataset version."""

    reason: str
    request_id: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")


class RunRefused(Event):
    """A training run was not started, or stopped before it cost anything."""

    run: str
    reason: str


class ModelRegistered(Event):
    """A challenger and its verdict are in the SageMaker Model Registry."""

    model_version: int
    run: str
    passed: bool


class ModelPromoted(Event):
    """A model is the champion now."""

    model_version: int
    previous: int | None = None


class ModelRolledBack(Event):
    """A model was taken back: `previous`, the champion or one on trial; `model_version` serves."""

    model_version: int
    previous: int | None = None
    reason: str


class DriftDetected(Event):
    """Data no longer look as they did when the champion was trained.

    `features` are those that drifted, the one that chance explains least first; `effects` how far
    in standard deviations, `segments` where, if not everywhere, `since` from which window on.
    `report` names the page that shows them, `model_version` is the champion.
    """

    window: str
    score: float
    features: tuple[str, ...]
    effects: dict[str, float] = {}
    segments: dict[str, str] = {}
    since: dict[str, str] = {}
    report: str = ""
    model_version: int | None = None


class HarmFound(Event):
    """A champion does worse than its test promised, as `tidemill.risk` tells it."""

    model_version: int
    basis: Basis
    change: Change = ""
    reason: str


class RetrainingHalted(Event):
    """Runs in a row brought no better model: nothing retrains by itself until there is more."""

    runs: tuple[str, ...]
    reason: str


class ForgetRequested(Event):
    """A person wants to be forgotten; the tokens stand for them, as `subject_tokens` orders them.

    The first is under the key of the suppression list, the next ones under keys 1, 2 and so on.
    """

    request_id: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    tokens: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")], ...] = Field(min_length=2)


class SubjectForgotten(Event):
    """A person's rows are gone from all that is stored; `models` were trained on some of them."""

    request_id: str
    rows: int
    models: tuple[int, ...] = ()


class BudgetExceeded(Event):
    """A run would cost more than the contract allows."""

    run: str
    estimate_usd: float
    allowed_usd: float


class IdleResourcesFound(Event):
    """Things cost money and are not used; `findings` say which, with what each comes to.

    The pipeline is `_stage`: they are the deployment's.
    """

    week: str
    usd_per_month: float
    findings: tuple[str, ...]


class EventBus(Protocol):
    """Where events go."""

    def publish(self, *events: Event) -> None:
        """Put every event on the bus, or raise."""


class InMemoryBus:
    """A bus that remembers, for tests."""

    def __init__(self) -> None:
        self.published: list[Event] = []

    def publish(self, *events: Event) -> None:
        self.published.extend(events)
