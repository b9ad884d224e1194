"""Join what came true to what was predicted, however late, and say how good that was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.concluding import conclude
from monitoring.measure.estimating import Estimated, Estimates, Known
from monitoring.measure.joined import add_counts, newly_joined, newly_told
from monitoring.measure.promise import Promise, add_losses, begin, of_champion
from monitoring.measure.realised import describe_day, readable
from monitoring.measure.rows import (
    by_day,
    first_predictions,
    newest_outcomes,
    newest_pairs,
    read_predictions,
    read_told,
    without_features,
)
from monitoring.measure.runs import Runs
from monitoring.measure.trial import Scales, Trial
from tidemill.contract import Contract
from tidemill.errors import NoChampionError
from tidemill.events import EventBus
from tidemill.records import ChampionRecord, now
from tidemill.registry import Registry
from tidemill.registry.qualities import REALISED
from tidemill.risk import Harm
from tidemill.store import Store
from tidemill_tabular.captured import by_pipeline, some_of


@dataclass(frozen=True)
class Realised:
    """What a day of a pipeline came to, and whether its champion breaks its promise."""

    pipeline: str
    day: Mapping[str, Any]
    broken: bool


@dataclass(frozen=True)
class Taken:
    """What outcomes came to: how many they were, how many found a prediction, and the days."""

    told: int = 0
    joined: int = 0
    found: tuple[Realised, ...] = ()


@dataclass(frozen=True)
class Measurer:
    """Keeps predictions and outcomes under `folder`, sorted by id, and joins what is new.

    Both are kept before the other is searched, so that of two that arrive at once one finds the
    other. `known` are champions that were read before.
    """

    registry: Registry
    store: Store
    bus: EventBus
    folder: str
    known: dict[str, Known] = field(default_factory=dict)

    def see_predictions(self, uri: str, body: bytes) -> list[Realised | Estimated]:
        """Keep captured predictions; join those whose outcome was there before them."""
        found: list[Realised | Estimated] = []
        for pipeline, own in by_pipeline(body).items():
            contract = self.registry.contract_in_force(pipeline)
            if contract is None:
                continue
            estimates = Estimates.of(contract, self.registry, self.store, self.known)
            some, reads = some_of(own), estimates.reads if estimates else {}
            seen = first_predictions(read_predictions(some, contract, reads))
            rows = without_features(seen)
            if some is not own:
                rows = first_predictions(read_predictions(own, contract))
            self._keep(self._predictions(pipeline), mark(uri), rows)
            if estimates:
                found += estimates.see(mark(uri), seen, self.registry, self.bus)
            outcomes = self._outcomes(pipeline).find(rows.column("id"))
            if outcomes is not None:
                joined, new = self._join(contract, mark(uri), rows, outcomes)
                self._count(pipeline, mark(uri), 0, newly_joined(new))
                found += joined
        return found

    def see_outcomes(self, uri: str, body: bytes) -> list[Realised]:
        """Keep outcomes that were told; join those whose prediction is there."""
        found: list[Realised] = []
        for pipeline, own in by_pipeline(body).items():
            found += self.take(pipeline, mark(uri), read_told(own)).found
        return found

    def take(self, pipeline: str, name: str, outcomes: pa.Table) -> Taken:
        """Keep outcomes by a name and join them; the same again changes nothing."""
        contract = self.registry.contract_in_force(pipeline)
        if contract is None:
            return Taken()
        outcomes = newest_outcomes(outcomes)
        self._keep(self._outcomes(pipeline), name, outcomes)
        rows = self._predictions(pipeline).find(outcomes.column("id"))
        if rows is None:
            self._count(pipeline, name, outcomes.num_rows, 0)
            return Taken(outcomes.num_rows)
        newest = self._outcomes(pipeline).find(rows.column("id"))
        found, new = self._join(contract, name, rows, outcomes if newest is None else newest)
        self._count(pipeline, name, newly_told(outcomes, rows, new), newly_joined(new))
        return Taken(outcomes.num_rows, len(pc.unique(rows["id"])), tuple(found))

    def _join(
        self, contract: Contract, name: str, rows: pa.Table, outcomes: pa.Table
    ) -> tuple[list[Realised], pa.Table]:
        """The days that have more to say, and the pairs that are new."""
        pairs = readable(rows.join(outcomes, "id", join_type="inner"), contract)
        new, found = [pairs.slice(0, 0)], []
        for day, own in by_day(pairs):
            kept = self._pairs(contract.pipeline, day)
            new.append(_unknown(own, kept.read(skip=name)))
            self._keep(kept, name, own)
            every = kept.read()
            if every is not None:
                said = describe_day(day, every, contract, now())
                self.registry.put_quality(contract.pipeline, REALISED, day, said)
                found.append(said)
        added = pa.concat_tables(new)
        harm = self._harm(contract.pipeline, name, added) if pairs.num_rows else None
        broken = harm is not None and harm.verdict == "harm"
        return [Realised(contract.pipeline, day, broken) for day in found], added

    def _count(self, pipeline: str, name: str, told: int, joined: int) -> None:
        if told or joined:
            self.registry.update_outcomes(
                pipeline, lambda record: add_counts(record, name, told, joined, now())
            )

    def _harm(self, pipeline: str, name: str, pairs: pa.Table) -> Harm | None:
        """Add the champion's losses to those before, and record and tell what they show."""
        try:
            champion = self.registry.champion(pipeline)
        except NoChampionError:
            return None
        self._weigh(pipeline, champion, name, pairs)
        model = self.registry.model(pipeline, champion.model_version)
        promise = Promise.of_model(model, self.store)
        if promise is None:
            return None
        name_of_model, moment = f"{pipeline}/{champion.model_version}", now()
        losses = promise.losses(of_champion(pairs, name_of_model))

        def add(record: dict[str, Any]) -> dict[str, Any]:
            return add_losses(begin(record, name_of_model, promise), name, losses, moment)

        record = self.registry.update_promise(pipeline, add)
        return conclude(pipeline, record, champion, self.registry, self.bus)

    def _weigh(self, pipeline: str, champion: ChampionRecord, name: str, pairs: pa.Table) -> None:
        """Hold a model on trial against the champion."""
        trial = Trial.of(pipeline, champion)

        def read_day(day: str) -> pa.Table | None:
            return self._pairs(pipeline, day).read(skip=name)

        Scales(self.registry, self.store).weigh(trial, name, pairs, read_day)

    def _keep(self, runs: Runs, name: str, rows: pa.Table) -> None:
        runs.add(name, rows)
        runs.compact()

    def _predictions(self, pipeline: str) -> Runs:
        return self._runs(f"{pipeline}/predictions", first_predictions)

    def _outcomes(self, pipeline: str) -> Runs:
        return self._runs(f"{pipeline}/outcomes", newest_outcomes)

    def _pairs(self, pipeline: str, day: str) -> Runs:
        return self._runs(f"{pipeline}/pairs/{day}", newest_pairs)

    def _runs(self, path: str, keep: Any) -> Runs:  # noqa: ANN401 - of the module `runs`
        return Runs(self.store, f"{self.folder}/quality/{path}/", keep)


def mark(uri: str) -> str:
    """A name for what an object holds: the same for the same object."""
    return sha256(uri.encode()).hexdigest()[:16]


def _unknown(pairs: pa.Table, known: pa.Table | None) -> pa.Table:
    """The pairs of predictions that had no outcome before."""
    if known is None:
        return pairs
    before = set(zip(known["id"].to_pylist(), known["model"].to_pylist(), strict=True))
    asked = zip(pairs["id"].to_pylist(), pairs["model"].to_pylist(), strict=True)
    return pairs.filter(pa.array([each not in before for each in asked], pa.bool_()))
