"""Captured answers of a champion add up to days, and each day to an estimate of its quality."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import pyarrow as pa

from monitoring.measure.concluding import conclude
from monitoring.measure.promise import REMEMBERED, Promise, begin, of_model, read_evaluation
from monitoring.measure.rows import by_day
from monitoring.measure.scores import as_document
from monitoring.measure.ways import Estimation, Way
from tidemill.contract import Contract
from tidemill.counted import counting, is_counted
from tidemill.errors import NoChampionError
from tidemill.events import EventBus
from tidemill.records import ChampionRecord, DatasetRecord, ModelRecord, now
from tidemill.registry import Registry
from tidemill.registry.qualities import ESTIMATED
from tidemill.risk import Loss
from tidemill.store import Store

MOST_KNOWN = 8

type Record = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What is known of a champion, read once: how it is estimated, and what it promised."""

    estimation: Estimation
    promise: Promise | None

    @classmethod
    def of(
        cls, contract: Contract, model: ModelRecord, dataset: DatasetRecord | None, store: Store
    ) -> Self:
        evaluation = read_evaluation(model, store)
        estimation = Estimation.of(evaluation, model, dataset, contract, store)
        return cls(estimation, Promise.of(evaluation) if evaluation else None)


@dataclass(frozen=True)
class Estimated:
    """What a pipeline's newest day should come to, and whether that breaks the promise."""

    pipeline: str
    value: float
    broken: bool


@dataclass(frozen=True)
class Estimates:
    """How a champion of a contract is estimated, and what it promised."""

    contract: Contract
    champion: ChampionRecord
    model: str
    estimation: Estimation
    promise: Promise | None

    @classmethod
    def of(
        cls, contract: Contract, registry: Registry, store: Store, known: dict[str, Known]
    ) -> "Estimates | None":
        """Of the pipeline's champion; None where there is none. What can be said is recorded.

        `known` are the champions that were read before, by model, contract and how many rows the
        dataset has, which are fewer where somebody was forgotten. Few are kept: each has its rows.
        """
        pipeline = contract.pipeline
        try:
            champion = registry.champion(pipeline)
        except NoChampionError:
            return None
        model = f"{pipeline}/{champion.model_version}"
        found = registry.model(pipeline, champion.model_version)
        dataset = registry.dataset(pipeline, found.dataset_version)
        address = f"{model} {contract.version} {dataset.rows if dataset else {}}"
        read = known.pop(address, None) or Known.of(contract, found, dataset, store)
        if read.estimation.way:
            known[address] = read
        while len(known) > MOST_KNOWN:
            known.pop(next(iter(known)))
        estimation, promise = read.estimation, read.promise
        said = {"model": model, "method": estimation.method, "reason": estimation.reason}
        if registry.estimation(pipeline) != said:
            registry.put_estimation(pipeline, said)
        return cls(contract, champion, model, estimation, promise)

    @property
    def reads(self) -> Mapping[str, str]:
        """The features that estimating needs, with their types."""
        return self.estimation.way.reads if self.estimation.way else {}

    def see(self, name: str, rows: pa.Table, registry: Registry, bus: EventBus) -> list[Estimated]:
        """Add the champion's answers to their days, and say how good those days should be."""
        way, pipeline = self.estimation.way, self.contract.pipeline
        if way is None:
            return []
        record: Record = {}
        for day, own in by_day(of_model(rows, self.model)):
            more = way.count(own)
            if more is None:
                return []

            def add(kept: Record, day: str = day, more: Record = more) -> Record:
                return self._day(add_counted(kept, more, name, self.model, way), day, way)

            record = registry.update_quality(pipeline, ESTIMATED, day, add)
        value = record.get("value")
        broken = self._hold(record.get("loss"), registry, bus)
        return [] if value is None else [Estimated(pipeline, value, broken)]

    def _hold(self, estimated: Record | None, registry: Registry, bus: EventBus) -> bool:
        """Whether the newest day's loss surely breaks what the test promised."""
        promise, pipeline = self.promise, self.contract.pipeline
        if promise is None or estimated is None:
            return False

        def know(kept: Record) -> Record:
            return {**begin(kept, self.model, promise), "estimated": estimated, "at": now()}

        kept = registry.update_promise(pipeline, know)
        return conclude(pipeline, kept, self.champion, registry, bus).verdict == "harm"

    def _day(self, record: Record, day: str, way: Way) -> Record:
        """The record with the day's estimate and its loss, where its answers are enough for one."""
        metric = self.contract.objective
        scores = way.scores([metric, way.loss], record["counted"])
        score, loss = scores[metric], scores[way.loss]
        known = as_document(score) if score else {}
        if loss and loss.low is not None and loss.high is not None:
            known["loss"] = asdict(Loss(loss.value, loss.low, loss.high, loss.rows))
        method = self.estimation.method
        return {**record, "window": day, "metric": metric, "method": method, **known, "at": now()}


def add_counted(record: Record, more: Record, name: str, model: str, way: Way) -> Record:
    """A day's record with answers added, once by their name; a new one of another model."""
    own: Record = record if record.get("model") == model and "counted" in record else {}
    if is_counted(own, name):
        return own
    counted = way.add(own["counted"], more) if own else more
    seen = counting(own, name, REMEMBERED)
    return {**own, "model": model, "counted": counted, "seen": seen}
