"""What the registry remembers of training runs, and of what called for them."""

from typing import Literal

from tidemill.records.record import Record

RunState = Literal["running", "completed", "failed", "refused"]
RetrainTrigger = Literal["drift", "new_data", "schedule"]


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
