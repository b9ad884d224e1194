"""What a pipeline costs in a calendar month: by room and day, so far, and at the month's end."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tidemill.records import Record, RunRecord

STAGE = "_stage"
TRAINING = "training"
PACE_DAYS = 30


class CostLine(Record):
    """So much of one billed thing: its unit of the price table, what used it, and the USD.

    What is `answering` grows with predictions alone, and makes the cost of a thousand of them.
    """

    unit: str
    resource: str
    quantity: float
    usd: float
    answering: bool = False


class DayCost(Record):
    """What one day cost in one room; `predictions` are those that its answering lines paid for."""

    lines: tuple[CostLine, ...] = ()
    predictions: int = 0

    @property
    def usd(self) -> float:
        return sum(line.usd for line in self.lines)

    @property
    def answering_usd(self) -> float:
        return sum(line.usd for line in self.lines if line.answering)


type Ledger = Mapping[str, Mapping[str, DayCost]]  # by room, then by day


@dataclass(frozen=True)
class MonthCost:
    """A month of one pipeline, or of what belongs to none; all sums are USD.

    `by_room` holds what the ledger has, and what the runs' jobs were billed under `training`.
    """

    month: str
    ledger: Ledger
    runs: tuple[RunRecord, ...] = ()

    @property
    def ledger_usd(self) -> float:
        """What the ledger has: all but the runs' jobs."""
        return sum(day.usd for days in self.ledger.values() for day in days.values())

    @property
    def by_room(self) -> dict[str, float]:
        rooms = {
            room: sum(d.usd for d in days.values()) for room, days in self.ledger.items() if days
        }
        jobs = _billed(run for run in self.runs if run.started_at.startswith(self.month))
        if jobs:
            rooms[TRAINING] = rooms.get(TRAINING, 0.0) + jobs
        return {room: round(usd, 6) for room, usd in sorted(rooms.items())}

    @property
    def usd(self) -> float:
        return round(sum(self.by_room.values()), 6)

    @property
    def per_1000_predictions(self) -> float | None:
        """What answers cost by the thousand; None where the ledger has no prediction."""
        days = [day for days in self.ledger.values() for day in days.values()]
        predictions = sum(day.predictions for day in days)
        if not predictions:
            return None
        return round(1000 * sum(day.answering_usd for day in days) / predictions, 8)

    def forecast(self, moment: datetime) -> float:
        """The sum at the month's end, in USD, of a month that is not over at `moment`.

        Rooms go on as on the mean of the month's days before today, from the first that cost
        anything, or as today where there was none; training goes on at the pace of the last thirty
        days' runs.
        """
        daily = self._by_day()
        today = moment.date().isoformat()
        whole = {day: usd for day, usd in daily.items() if day < today}
        since = moment.date() - date.fromisoformat(min(whole, default=today))
        pace = sum(whole.values()) / since.days if whole else daily.get(today, 0.0)
        rest_of_today = max(0.0, pace - daily.get(today, 0.0))
        left = monthrange(moment.year, moment.month)[1] - moment.day
        month_ago = (moment - timedelta(days=PACE_DAYS)).isoformat()
        recent = _billed(run for run in self.runs if run.started_at >= month_ago)
        return round(self.usd + rest_of_today + left * (pace + recent / PACE_DAYS), 6)

    def _by_day(self) -> dict[str, float]:
        daily: dict[str, float] = {}
        for days in self.ledger.values():
            for day, cost in days.items():
                daily[day] = daily.get(day, 0.0) + cost.usd
        return daily


def per_model(runs: Iterable[RunRecord]) -> dict[int, float]:
    """What the run of each model was billed, in USD, by the model's version."""
    return {
        run.model_version: run.cost_usd
        for run in runs
        if run.model_version is not None and run.cost_usd is not None
    }


def this_month() -> str:
    """The present month in UTC, as ledgers name it: `2026-11`."""
    return month_of(datetime.now(UTC).date())


def month_of(day: date) -> str:
    return day.isoformat()[:7]


def _billed(runs: Iterable[RunRecord]) -> float:
    return sum(run.cost_usd or 0.0 for run in runs)
