"""What the registry remembers of releases, and of who serves."""

from typing import Literal

from pydantic import Field

from tidemill.records.record import Record
from tidemill.records.runs import Check

ReleaseStage = Literal["shadow", "canary", "bake"]
ReleaseState = Literal["running", "promoted", "rolled_back", "withdrawn", "overtaken"]


class Challenge(Record):
    """A release that is under way: what the model it releases may do, since when.

    In `shadow` it is scored beside the champion for a `share` of the ids and never answered; in
    `canary` it answers that share; in `bake` it is the champion itself, watched.
    """

    model_version: int
    stage: ReleaseStage
    share: float
    release: str
    since: str
    approved_at: str = ""


class ChampionRecord(Record):
    """Which model serves; `previous` is where a rollback goes.

    `release` is what put it there, `rolled_back_by` what last undid something: a release, or the
    id of a request; `rolled_back` is the model that it undid, and `rolled_back_at` when.
    """

    model_version: int
    previous: int | None = None
    approved_at: str = ""
    promoted_at: str
    reason: str = ""
    release: str = ""
    rolled_back_by: str = ""
    rolled_back: int | None = None
    rolled_back_at: str = ""
    challenge: Challenge | None = None


class ReleaseRecord(Record):
    """One release, from its approval to its end, whichever that is, and why.

    `champion` is who served when it began; `stage` the last one it came to, None where it was put
    into service at once. `checks` are the last ones made, `predictions` how many the model made by
    stage. `withdrawn` is a release whose workflow ended badly or was stopped.
    """

    release: str
    model_version: int
    champion: int | None = None
    state: ReleaseState = "running"
    stage: ReleaseStage | None = None
    started_at: str
    finished_at: str | None = None
    reason: str = ""
    checks: tuple[Check, ...] = ()
    predictions: dict[str, int] = Field(default_factory=dict)
