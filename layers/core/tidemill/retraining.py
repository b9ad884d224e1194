"""What holds a training run back that nobody asked for by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from tidemill.contract import Retrain
from tidemill.quantities import format_duration
from tidemill.records import DatasetRecord, RetrainTrigger, RunRecord


@dataclass(frozen=True)
class Refusal:
    """Why no run is started; `fruitless` are the runs that halted retraining, if any did."""

    reason: str
    fruitless: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class History:
    """What a pipeline was trained on, oldest first, and the `dataset` that it would be trained on.

    `moment` is the present one.
    """

    policy: Retrain
    runs: Sequence[RunRecord]
    datasets: Sequence[DatasetRecord]
    dataset: DatasetRecord
    moment: datetime

    @property
    def ended(self) -> list[RunRecord]:
        """The runs that cost something and are over."""
        return [run for run in self.runs if run.state in {"completed", "failed"}]

    @property
    def running(self) -> RunRecord | None:
        """The run that goes on, if one does."""
        return next((run for run in self.runs if run.state == "running"), None)

    def trained(self, run: RunRecord) -> DatasetRecord | None:
        """What a run was on, if that is still known."""
        known = (each for each in self.datasets if each.dataset_version == run.dataset_version)
        return next(known, None)

    def rows(self, run: RunRecord) -> int:
        """How many rows a run was on."""
        trained = self.trained(run)
        return _rows(trained) if trained else 0

    def fresh(self, run: RunRecord) -> int:
        """How many more rows there are now than the run was on."""
        return _rows(self.dataset) - self.rows(run)


def run_name(pipeline: str, dataset_version: str, request_id: str = "") -> str:
    """What a run is called, and its execution: by its dataset version, and who asked for it."""
    name = f"{pipeline}-{dataset_version}"
    return f"{name}-{sha256(request_id.encode()).hexdigest()[:12]}" if request_id else name


def hold_back(trigger: RetrainTrigger, history: History) -> Refusal | None:
    """Why a run is not due; None where it is.

    The first run never has to wait, and one under another contract neither for rows nor for time.
    """
    ended, policy = history.ended, history.policy
    if not ended:
        return None
    if trigger not in policy.on:
        return Refusal(f"monitor.retrain.on does not name {trigger}")
    trained = history.trained(ended[-1])
    if trained is None or trained.contract_version != history.dataset.contract_version:
        return None
    return _too_few(history) or _fruitless(history) or _cooling(history)


def _too_few(history: History) -> Refusal | None:
    last, least = history.ended[-1], history.policy.min_new_rows
    fresh = history.fresh(last)
    if fresh >= least:
        return None
    return Refusal(
        f"{fresh} rows are new since run {last.run}; monitor.retrain.min_new_rows asks for {least}"
    )


def _fruitless(history: History) -> Refusal | None:
    """After so many runs in vain it takes as many new rows as all of these had."""
    before, vain = _split(history.ended)
    if len(vain) < history.policy.max_fruitless:
        return None
    spent = history.rows(vain[-1]) - history.rows(before or vain[0])
    fresh = history.fresh(vain[-1])
    if fresh >= spent:
        return None
    return Refusal(
        f"the last {len(vain)} runs brought no model that passed, with {spent} new rows; "
        f"{fresh} are new since: it goes on with {spent}, or when somebody asks for a run",
        fruitless=tuple(run.run for run in vain),
    )


def _split(ended: Sequence[RunRecord]) -> tuple[RunRecord | None, list[RunRecord]]:
    """The newest runs in a row that brought nothing, and the one before them."""
    vain: list[RunRecord] = []
    for run in reversed(ended):
        if run.state == "completed" and (run.verdict is None or run.verdict.passed):
            return run, vain[::-1]
        vain.append(run)
    return None, vain[::-1]


def _cooling(history: History) -> Refusal | None:
    last, cooldown = history.ended[-1], history.policy.cooldown
    since = history.moment - datetime.fromisoformat(last.finished_at or last.started_at)
    if since >= cooldown:
        return None
    waited = timedelta(seconds=int(since.total_seconds()))
    return Refusal(
        f"the last run ended {format_duration(waited)} ago; "
        f"monitor.retrain.cooldown asks for {format_duration(cooldown)}"
    )


def _rows(dataset: DatasetRecord) -> int:
    return sum(dataset.rows.values())
