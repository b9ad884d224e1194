"""Gather what the champion sees into windows, and tell when a window has drifted."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from monitoring.watch.drift import Drift, measure_drift
from tidemill.contract import Column, Contract
from tidemill.errors import NoChampionError
from tidemill.events import DriftDetected, DropRecorded, EventBus
from tidemill.profile import Cell, ColumnProfile, Profile
from tidemill.records import ModelRecord, now
from tidemill.references import NUMBERS, TARGET_TYPES
from tidemill.registry import Registry
from tidemill.store import Store

REMEMBERED = 500
REMEMBERED_KEYS = 4000
LEAST_ROWS = 50
type Captured = dict[str, dict[str, Cell]]


@dataclass(frozen=True)
class Watcher:
    """Compares drops and captured predictions with the baseline of each pipeline's champion."""

    registry: Registry
    store: Store
    bus: EventBus

    def see_drop(self, event: DropRecorded) -> list[tuple[str, Drift]]:
        """Compare an accepted drop, unless the champion was trained on it or there is none."""
        champion = self._champion(event.pipeline)
        drop = self.registry.drop(event.pipeline, event.drop_id)
        if champion is None or drop is None or drop.state != "accepted":
            return []
        trained_on = self.registry.dataset(event.pipeline, champion.dataset_version)
        if trained_on and drop.drop_id in trained_on.drops:
            return []
        profile = Profile.model_validate_json(self.store.read(drop.profile_uri or ""))
        if profile.rows < LEAST_ROWS:
            return []
        contract = self.registry.contract(event.pipeline)
        features = compared(contract)
        seen = {name: column for name, column in profile.columns.items() if name in features}
        window = profile.model_copy(update={"columns": seen})
        return [(event.pipeline, self._compare(contract, "drop", window, champion))]

    def see_predictions(self, uri: str, lines: Iterable[bytes]) -> list[tuple[str, Drift]]:
        """Add a captured object to its pipelines' windows; the drift of each that is now full.

        A prediction asked for again under its id counts once, among the last few thousand; one
        that a challenger made in the shadow was never given to anybody and counts for nothing.
        """
        rows: dict[str, Captured] = {}
        for number, line in enumerate(filter(bytes.strip, lines)):
            captured = json.loads(line)
            if captured.get("variant") == "shadow":
                continue
            key = _mark(captured.get("key", f"{uri}#{number}"))
            rows.setdefault(captured["pipeline"], {})[key] = captured["features"]
        found = []
        for pipeline, kept in rows.items():
            champion = self._champion(pipeline)
            if champion is None:
                continue
            contract = self.registry.contract(pipeline)
            window = self._gather(uri, kept, contract)
            if window is not None:
                found.append((pipeline, self._compare(contract, "predictions", window, champion)))
                self._clear(pipeline)
        return found

    def _gather(self, uri: str, kept: Captured, contract: Contract) -> Profile | None:
        """The profile of a full window; an object counts once, however often it is told of.

        The full profile stays in the record until it has been compared, so that a crash in between
        leaves it to the next delivery.
        """
        name, columns = _mark(uri), compared(contract)

        def add(window: dict[str, Any]) -> dict[str, Any]:
            seen, keys = window.get("seen", []), window.get("keys", [])
            if name in seen:
                return window
            known = set(keys)
            fresh = {key: row for key, row in kept.items() if key not in known}
            profile = profile_rows(list(fresh.values()), columns)
            gathered = Profile.model_validate(window.get("profile", {})).merge(profile)
            changed = {
                **window,
                "seen": [*seen, name][-REMEMBERED:],
                "keys": [*keys, *fresh][-REMEMBERED_KEYS:],
            }
            if gathered.rows < contract.monitor.drift.window:
                return {**changed, "profile": gathered.model_dump(mode="json")}
            waiting = Profile.model_validate(window.get("full", {})).merge(gathered)
            return {**changed, "profile": {}, "full": waiting.model_dump(mode="json")}

        full = self.registry.update_window(contract.pipeline, "predictions", add).get("full")
        return Profile.model_validate(full) if full else None

    def _clear(self, pipeline: str) -> None:
        self.registry.update_window(pipeline, "predictions", lambda window: {**window, "full": {}})

    def _compare(
        self, contract: Contract, name: str, window: Profile, champion: ModelRecord
    ) -> Drift:
        baseline = Profile.model_validate_json(self.store.read(champion.profile_uri))
        drift = measure_drift(baseline, window, contract.monitor.drift.false_alarms)
        document = {"at": now(), "rows": window.rows, "score": drift.score, **asdict(drift)}
        self.registry.put_drift(contract.pipeline, name, document)
        if drift.drifted:
            self.bus.publish(
                DriftDetected(
                    pipeline=contract.pipeline,
                    window=name,
                    score=drift.score,
                    features=drift.drifted,
                )
            )
        return drift

    def _champion(self, pipeline: str) -> ModelRecord | None:
        try:
            version = self.registry.champion(pipeline).model_version
        except NoChampionError:
            return None
        return self.registry.model(pipeline, version)


def compared(contract: Contract) -> dict[str, Column]:
    """The features whose distribution should stay: time goes on, and texts never repeat."""
    features = contract.feature_columns()
    return {name: column for name, column in features.items() if column.type in TARGET_TYPES}


def _mark(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:16]


def profile_rows(rows: list[dict[str, Cell]], features: dict[str, Column]) -> Profile:
    """Profile captured rows, feature by feature."""
    columns = {
        name: ColumnProfile.of_cells(
            "number" if column.type in NUMBERS else "category", [row.get(name) for row in rows]
        )
        for name, column in features.items()
    }
    return Profile(rows=len(rows), columns=columns)
