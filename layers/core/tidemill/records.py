"""What the registry remembers of a pipeline: drops, dataset versions, runs, models, champion."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from tidemill.clock import now as now  # noqa: PLC0414 - a moment is part of every record

DropState = Literal["accepted", "quarantined", "duplicate", "rejected", "ignored"]
ForgetState = Literal["running", "done", "refused"]
RunState = Literal["running", "completed", "failed", "refused"]
RetrainTrigger = Literal["drift", "new_data", "schedule"]
ReleaseStage = Literal["shadow", "canary", "bake"]
ReleaseState = Literal["running", "promoted", "rolled_back", "withdrawn", "overtaken"]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Rows(Record):
    """Where every row of a drop went: `read` is the sum of the others.

    `duplicate` rows repeat an earlier row of the drop, key and all; `forgotten` ones are of people
    who asked to be forgotten.
    """

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    forgotten: int = 0


class Part(Record):
    """One Parquet file of a drop's accepted rows.

    Its column `_row` counts from the part's own first row; `first_row` is how many rows of the
    drop come before that, so that the two add up to the row's number in the file, from 1.
    """

    uri: str
    rows: int
    first_row: int = 0


class Layout(Record):
    """How a file is written, as it was found or declared."""

    format: Literal["csv", "jsonl", "parquet"]
    packing: Literal["gz", "zst"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    columns: tuple[str, ...] = ()


class DropRecord(Record):
    """One object that landed, and the one state it ended in; `rules` are those it was read by."""

    drop_id: str
    pipeline: str
    source: str
    uri: str
    version_id: str | None
    etag: str
    sequencer: str
    size: int
    landed_at: str
    recorded_at: str
    state: DropState
    reasons: tuple[str, ...] = ()
    rows: Rows = Rows()
    content: str | None = None
    contract_version: str | None = None
    rules: str | None = None
    layout: Layout | None = None
    parts: tuple[Part, ...] = ()
    quarantine_uri: str | None = None
    profile_uri: str | None = None
    profile_page_uri: str | None = None


class Boundaries(Record):
    """Where a split by time cuts: the first values of `column` that validate and that test.

    Timestamps in ISO 8601, numbers as Python writes them.
    """

    column: str
    type: str
    validation: str
    test: str


class DatasetRecord(Record):
    """A frozen dataset version and what it was made of; `drops` are in the order they landed."""

    dataset_version: str
    contract_version: str
    code_version: str | None = None
    drops: tuple[str, ...]
    split: dict[str, Any] | None = None
    boundaries: Boundaries | None = None
    channels: dict[str, str]
    rows: dict[str, int]
    profile_uri: str
    contract_uri: str
    created_at: str
    forgotten_rows: int = 0


class Check(Record):
    """One thing that a challenger must show: what was found, and what was asked.

    `value` and `bound` are None where there was nothing to measure.
    """

    name: str
    passed: bool
    value: float | None = None
    bound: float | None = None
    detail: str = ""


class Verdict(Record):
    """Whether the challenger may serve, and why: in words, and check by check."""

    passed: bool
    reasons: tuple[str, ...]
    checks: tuple[Check, ...] = ()


class RunRequest(Record):
    """The training workflow's input: which run, of what."""

    pipeline: str
    dataset_version: str
    run: str


class RunRecord(Record):
    """One training run, from the estimate to the bill.

    `estimate_usd` is the most it can cost, `likely_usd` what it probably does, of `instances` for
    `trials`. `delivered` is "best so far" where its time cut the search short.
    `cost_per_metric_point` is what it cost for every unit by which the model's loss on the test
    rows is below the champion's, or the baseline's where there is no champion, in the metric's
    unit; None where nothing improved.
    """

    run: str
    dataset_version: str
    state: RunState
    started_at: str
    reason: str = ""
    finished_at: str | None = None
    training_job: str | None = None
    spot: bool | None = None
    instances: int | None = None
    trials: int | None = None
    estimate_usd: float | None = None
    likely_usd: float | None = None
    cost_usd: float | None = None
    training_seconds: int | None = None
    billable_seconds: int | None = None
    spot_savings_percent: float | None = None
    cost_per_metric_point: float | None = None
    delivered: str | None = None
    verdict: Verdict | None = None
    model_version: int | None = None


class RetrainRecord(Record):
    """What was decided when `trigger` called for another run: asked for, or refused, and why.

    `cause` is what was seen of model `model_version`, since when.
    """

    request_id: str
    trigger: RetrainTrigger
    asked: bool
    reason: str
    at: str
    cause: str = ""
    since: str = ""
    model_version: int | None = None
    dataset_version: str | None = None


class Agreement(Record):
    """How a challenger's answers differ from the champion's on the same test rows.

    `difference` is the mean of challenger less champion, `square` the mean of its square: of the
    number, or of the last class's probability. `disagreement` is the share of rows with another
    label. `champion_dataset_version` tells which champion that was.
    """

    rows: int
    difference: float
    square: float
    disagreement: float = 0.0
    champion_dataset_version: str


class ModelRecord(Record):
    """A model package, as the prediction API needs it; `lineage` is what it was made of and by.

    `artifact_mac` vouches in Base64 for the file under this version; see `tidemill.signing`.
    """

    model_version: int
    package_arn: str
    run: str
    dataset_version: str
    contract_version: str
    artifact_uri: str
    artifact_sha256: str
    artifact_mac: str = ""
    report_uri: str
    profile_uri: str
    created_at: str
    metrics: dict[str, Any]
    agreement: Agreement | None = None
    verdict: Verdict
    lineage: dict[str, str] = {}


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
    predictions: dict[str, int] = {}


class RawObject(Record):
    """One version of an object as it landed."""

    uri: str
    version_id: str | None = None


class Tally(Record):
    """Rows, and the objects they were found in."""

    rows: int = 0
    objects: int = 0


class ForgetRecord(Record):
    """What became of a request to forget a person, without a word of who it is.

    `removed` is by store; `unnamed` are rows that do not say whose they are. `raw_objects` hold the
    person as they landed and are left to their owner; `unread_objects` landed and never became
    rows, so that nobody looked. `models` were trained on rows of theirs, in `datasets`.
    """

    request_id: str
    state: ForgetState
    requested_at: str
    finished_at: str | None = None
    reason: str = ""
    removed: dict[str, Tally] = {}
    unnamed: dict[str, Tally] = {}
    raw_objects: tuple[RawObject, ...] = ()
    unread_objects: tuple[RawObject, ...] = ()
    datasets: tuple[str, ...] = ()
    models: tuple[int, ...] = ()
    champion: int | None = None


class SuppressionRecord(Record):
    """A person whose rows stay out: which columns name them, and where rows of theirs were."""

    columns: tuple[str, ...] = ()
    raw_objects: tuple[RawObject, ...] = ()
    datasets: tuple[str, ...] = ()
