"""Hold what the champion sees against what it was trained on, and tell of drift."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from monitoring.watch.baseline import Baseline, read_dataset, row_phases, wanted_columns
from monitoring.watch.captured import Captured, read_captured
from monitoring.watch.comparison import Comparison
from monitoring.watch.drift import Drift
from monitoring.watch.gathering import Window, gather
from monitoring.watch.judging import Judge
from monitoring.watch.season import Seasons
from monitoring.watch.spending import DROPS, level
from monitoring.watch.telling import Teller
from tidemill.contract import Contract
from tidemill.errors import NoChampionError
from tidemill.events import DropRecorded, EventBus
from tidemill.records import ChampionRecord, DatasetRecord, DropRecord, now
from tidemill.registry import Registry
from tidemill.store import Store
from tidemill_tabular.captured import by_pipeline, some_of
from tidemill_tabular.sample import read_rows

LEAST_ROWS = 50
GZIP = "application/gzip"
LONGER, ANSWERS = "predictions-longer", "predictions-answers"

type Record = dict[str, Any]


@dataclass(frozen=True)
class Watched:
    """A pipeline with a champion: all that its windows are judged by."""

    contract: Contract
    champion: ChampionRecord
    dataset: DatasetRecord
    address: str
    baseline: Baseline

    def own(self, record: Record) -> Record:
        """A record of this champion's windows under this contract; an empty one for another's."""
        own = f"{self.champion.model_version} {self.contract.version}"
        return record if record.get("of") == own else {"of": own}

    def judge(self, record: Record, seasons: Seasons | None) -> Judge:
        """Who judges the next window of a record."""
        since = record.get("judged_at", self.champion.promoted_at)
        return Judge(self.baseline, self.contract.monitor.drift, now(), since, seasons)


@dataclass(frozen=True)
class Watcher:
    """Compares drops and captured predictions with the baseline of each pipeline's champion.

    `folder` is where baselines and reports stay; `baselines` are those at hand, by address, and
    `seasons` the rows of the one that was used last.
    """

    registry: Registry
    store: Store
    bus: EventBus
    folder: str
    baselines: dict[str, Baseline] = field(default_factory=dict)
    seasons: dict[str, Seasons | None] = field(default_factory=dict)

    def see_drop(self, event: DropRecorded) -> list[tuple[str, Drift]]:
        """Compare an accepted drop, unless the champion was trained on it or there is none."""
        pipeline = event.pipeline
        drop = self.registry.drop(pipeline, event.drop_id)
        if drop is None or drop.state != "accepted" or self._too_few(drop):
            return []
        watched = self._watched(pipeline, unless_trained_on=drop.drop_id)
        if watched is None:
            return []
        record = self.registry.update_window(pipeline, "drop", watched.own)
        window = self._read(drop, watched)
        if record.get("newest") == window.identity:
            return []
        judge = watched.judge(record, self._seasons(watched))
        spent = level(judge.rules.false_alarms, DROPS, judge.since, judge.moment)
        drift = judge.features(window, spent)
        beside = replace(watched, baseline=judge.beside(window))
        return [self._let_go(self._tell(beside, "drop", window, drift, {}))]

    def _read(self, drop: DropRecord, watched: Watched) -> Window:
        files = [part.uri for part in drop.parts]
        rows = read_rows(files, wanted_columns(watched.contract), self.store)
        phases, begun = row_phases(rows, watched.contract), drop.landed_at or drop.drop_id
        return Window.of_drop(rows, phases, watched.baseline, begun)

    def see_predictions(self, uri: str, body: bytes) -> list[tuple[str, Drift]]:
        """Add a captured object to its pipelines' windows; the drift of each that is now full.

        What a challenger answered in the shadow was no prediction, and is passed over.
        """
        found = []
        for pipeline, own in by_pipeline(body).items():
            watched = self._watched(pipeline)
            if watched is not None:
                seen = read_captured(some_of(own), watched.contract).served
                record = self._gather(watched, uri, seen)
                if record.get("full"):
                    found.append(self._judge(watched, record))
        return found

    def _gather(self, watched: Watched, uri: str, seen: Captured) -> Record:
        size, moment = watched.contract.monitor.drift.window, now()

        def add(record: Record) -> Record:
            own = watched.own(record)
            return gather(own, uri, seen, watched.baseline, size=size, moment=moment)

        return self.registry.update_window(watched.contract.pipeline, "predictions", add)

    def _judge(self, watched: Watched, record: Record) -> tuple[str, Drift]:
        """Tell first: of a window that was added to longer ones, those would tell nothing again."""
        pipeline, window = watched.contract.pipeline, Window.from_document(record["full"])
        longer = self.registry.update_window(pipeline, LONGER, watched.own)
        answers = self.registry.update_window(pipeline, ANSWERS, watched.own)
        judge = watched.judge(record, self._seasons(watched))
        found = judge.judge(window, longer, answers)
        beside = replace(watched, baseline=judge.beside(window))
        told = self._tell(beside, "predictions", window, found.drift, found.begun)
        self.registry.update_window(pipeline, LONGER, lambda _: found.longer)
        self.registry.update_window(pipeline, ANSWERS, lambda _: found.answers)
        return self._let_go(told)

    def _tell(
        self, watched: Watched, name: str, window: Window, drift: Drift, begun: Mapping[str, str]
    ) -> Comparison:
        """Record and tell what a window showed; the window stays for the next delivery."""
        pipeline = watched.contract.pipeline
        before = self.registry.update_window(pipeline, name, watched.own).get("since", {})
        since = {column: before.get(column, window.begun) for column in drift.evident}
        told = Comparison(
            pipeline,
            name,
            window,
            watched.baseline,
            drift,
            since={**begun, **since},
            at=now(),
            model_version=watched.champion.model_version,
        )
        Teller(self.registry, self.store, self.bus, self.folder).tell(told)
        return told

    def _let_go(self, told: Comparison) -> tuple[str, Drift]:
        """The window was compared, and need not be again."""
        window = told.window
        since = {column: told.since[column] for column in told.drift.evident}

        def judged(record: Record) -> Record:
            held = record.get("full") or {}
            same = held and Window.from_document(held).identity == window.identity
            full, newest = {} if same else held, window.identity
            known = {"full": full, "newest": newest, "judged_at": told.at, "since": since}
            return {**record, **known}

        self.registry.update_window(told.pipeline, told.name, judged)
        return told.pipeline, told.drift

    def _watched(self, pipeline: str, unless_trained_on: str = "") -> Watched | None:
        """None without a champion, and where it was trained on that drop."""
        try:
            champion = self.registry.champion(pipeline)
        except NoChampionError:
            return None
        contract = self.registry.contract(pipeline)
        version = self.registry.model(pipeline, champion.model_version).dataset_version
        dataset = self.registry.dataset(pipeline, version)
        if dataset is None or unless_trained_on in dataset.drops:
            return None
        uri = f"{self.folder}/baselines/{pipeline}/{version}-{contract.version}.json.gz"
        if uri not in self.baselines:
            try:
                found = Baseline.from_bytes(self.store.read(uri))
            except FileNotFoundError:
                found = Baseline.of(read_dataset(dataset, contract, self.store), contract)
                self.store.write(uri, found.to_bytes(), GZIP)
            self.baselines[uri] = found
        return Watched(contract, champion, dataset, uri, self.baselines[uri])

    def _seasons(self, watched: Watched) -> Seasons | None:
        """Training rows by phase; read again for each pipeline in turn, so that few are held."""
        if not watched.baseline.phases:
            return None
        if watched.address not in self.seasons:
            self.seasons.clear()
            rows = read_dataset(watched.dataset, watched.contract, self.store)
            self.seasons[watched.address] = watched.baseline.seasons(rows, watched.contract)
        return self.seasons[watched.address]

    def _too_few(self, drop: DropRecord) -> bool:
        return sum(part.rows for part in drop.parts) < LEAST_ROWS
