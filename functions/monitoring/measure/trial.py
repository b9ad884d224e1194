"""A model on trial is held against the champion by the losses that outcomes show of both."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.promise import REMEMBERED, Promise
from monitoring.measure.rows import BATCH
from tidemill.counted import counting, is_counted
from tidemill.records import ChampionRecord
from tidemill.registry import Registry
from tidemill.store import Store
from tidemill.wager import Wager

WAITING = 300
DIGITS = 5

type Record = dict[str, Any]
type ReadDay = Callable[[str], pa.Table | None]


@dataclass(frozen=True)
class Trial:
    """Which model of a release is tried beside which; predictions count from `since` on.

    `alone` is whether the model serves already, and its predecessor no longer answers.
    """

    release: str
    ours: str
    theirs: str
    since: str
    alone: bool

    @classmethod
    def of(cls, pipeline: str, champion: ChampionRecord) -> Self | None:
        """None while nothing is on trial."""
        challenge = champion.challenge
        alone = challenge is not None and challenge.stage == "bake"
        beside = champion.previous if alone else champion.model_version
        if challenge is None or beside is None:
            return None
        ours, theirs = f"{pipeline}/{challenge.model_version}", f"{pipeline}/{beside}"
        return cls(challenge.release, ours, theirs, challenge.approved_at, alone)


class Told(NamedTuple):
    """The loss of one prediction; `late` is about how long its outcome took."""

    id: str
    ours: bool
    late: str
    loss: float


@dataclass(frozen=True)
class Scales:
    """Weighs the losses of models on trial; what it found is in the registry for `check`."""

    registry: Registry
    store: Store

    def weigh(self, trial: Trial | None, name: str, pairs: pa.Table, read_day: ReadDay) -> None:
        """Add new pairs of prediction and outcome by a name, once; nothing without a trial.

        A model that was not tried beside its predecessor is held against that one's pairs of today
        and yesterday, which `read_day` gives by the day of the predictions.
        """
        if trial is None:
            return
        pipeline, _, version = trial.theirs.rpartition("/")
        promise = Promise.of_model(self.registry.model(pipeline, int(version)), self.store)
        if promise is None:
            return
        new = told(trial, promise, pairs.filter(pc.greater_equal(pairs["at"], trial.since)))
        if not new:
            return
        begun = self.registry.trial(pipeline).get("release") == trial.release
        known = [] if begun or not trial.alone else _recent(trial, promise, read_day)

        def add(record: Record) -> Record:
            return add_told(begin(record, trial, promise, known), name, new)

        self.registry.update_trial(pipeline, add)


def told(trial: Trial, promise: Promise, pairs: pa.Table) -> list[Told]:
    """The losses of both models' pairs, in the order in which their outcomes were told.

    Not of files, whose rows no challenger answers: they may be of another kind than requests are.
    """
    if BATCH in pairs.column_names:
        pairs = pairs.filter(pc.is_null(pairs[BATCH]))
    held = pairs.filter(pc.is_in(pairs["model"], pa.array([trial.ours, trial.theirs])))
    held = held.sort_by([("told", "ascending"), ("id", "ascending")])
    if not held.num_rows:
        return []
    names = ("id", "model", "at", "told")
    rows = zip(*(held[name].to_pylist() for name in names), promise.losses(held), strict=True)
    return [
        Told(name, model == trial.ours, _late(at, said), round(loss, DIGITS))
        for name, model, at, said, loss in rows
    ]


def _recent(trial: Trial, promise: Promise, read_day: ReadDay) -> list[Told]:
    today = datetime.now(UTC)
    days = [read_day(moment.date().isoformat()) for moment in (today - timedelta(days=1), today)]
    return [each for day in days if day is not None for each in told(trial, promise, day)]


def begin(record: Record, trial: Trial, promise: Promise, known: Iterable[Told]) -> Record:
    """The record of this release; a new one where it was another's.

    What is known of the predecessor waits to be compared with.
    """
    if record.get("release") == trial.release:
        return record
    return {
        "release": trial.release,
        "loss": promise.loss,
        "scale": promise.scale,
        "wager": asdict(Wager()),
        "waiting": _newest(_waiting({}, (each for each in known if not each.ours))),
    }


def add_told(record: Record, name: str, new: list[Told]) -> Record:
    """The record with losses added, once by their name.

    Of each prediction that both models answered the two are compared. What only one answered is
    compared with the newest of the other's whose outcome took about as long: those told at once
    need not be like those told late.
    """
    if is_counted(record, name):
        return record
    ours, theirs = ({each.id: each for each in new if each.ours is own} for own in (True, False))
    both = ours.keys() & theirs.keys()
    pairs = [(ours[each].loss, theirs[each].loss) for each in ours if each in both]
    waiting = _waiting(record["waiting"], (each for each in new if each.id not in both))
    for late in sorted({place.partition(" ")[2] for place in waiting}):
        mine, its = (waiting.get(f"{whose} {late}", []) for whose in ("ours", "theirs"))
        while mine and its:
            pairs.append((mine.pop(), its.pop()))
    return {
        **record,
        "wager": asdict(Wager(**record["wager"]).add(pairs)),
        "waiting": _newest(waiting),
        "seen": counting(record, name, REMEMBERED),
    }


def _waiting(before: dict[str, list[float]], new: Iterable[Told]) -> dict[str, list[float]]:
    """Losses without another to be compared with, oldest first, by whose and how late."""
    found = {place: list(losses) for place, losses in before.items()}
    for each in new:
        place = f"{'ours' if each.ours else 'theirs'} {each.late}"
        found.setdefault(place, []).append(each.loss)
    return found


def _newest(waiting: dict[str, list[float]]) -> dict[str, list[float]]:
    return {place: losses[-WAITING:] for place, losses in waiting.items() if losses}


def _late(at: str, said: str) -> str:
    """Within a minute, two, four, and so on."""
    later, moment = (datetime.fromisoformat(text).astimezone(UTC) for text in (said, at))
    return str(int(max((later - moment).total_seconds() / 60, 0.0)).bit_length())
