"""Join, split and freeze a dataset version out of the drops that live now."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from ingestion.freeze.ahead import ahead
from ingestion.freeze.boundaries import find_boundaries, first_moments, newest_boundaries
from ingestion.freeze.channels import Channel
from ingestion.freeze.join import Joined, join_sources
from ingestion.freeze.split import CHANNELS, Dealer
from tidemill import __version__
from tidemill.contract import Contract
from tidemill.errors import StaleWriteError
from tidemill.events import DatasetReady, EventBus
from tidemill.profile import Profile
from tidemill.records import Boundaries, DatasetRecord, DropRecord, ForgetRecord, now
from tidemill.registry import Registry
from tidemill.store import Store

JSON = "application/json"


@dataclass(frozen=True)
class Recipe:
    """All that decides what a dataset version holds; `drops` are in the order they landed."""

    contract: Contract
    drops: tuple[DropRecord, ...]
    boundaries: Boundaries | None

    @property
    def version(self) -> str:
        """The content address: contract version, contents by source, code version, boundary.

        Of the first source the order of landing changes nothing; of the others, the last row of a
        key counts. Under a split by time, what tests is part of the address.
        """
        first = next(iter(self.contract.sources))
        contents = [f"{drop.source}/{drop.content}" for drop in self.drops if drop.source != first]
        contents += sorted(f"{first}/{d.content}" for d in self.drops if d.source == first)
        test = [self.boundaries.test] if self.boundaries else []
        address = json.dumps([self.contract.version, contents, __version__, *test])
        return sha256(address.encode()).hexdigest()[:16]


def freeze(pipeline: str, *, registry: Registry, store: Store, bus: EventBus, data: str) -> None:
    """Write the dataset version that contract and drops make, once, and tell that it is there.

    Nothing happens while a source has no accepted drop, or a drop waits to be read again under
    the contract in force. The same drops, however often they are announced, make one version. A
    crash leaves no record, and the next delivery writes the same files to the same places; so does
    StaleWriteError, where somebody was forgotten or test was moved on while rows were read.
    """
    contract = registry.contract(pipeline)
    drops = tuple(drop for drop in registry.live_drops(pipeline) if drop.source in contract.sources)
    if {drop.source for drop in drops} != set(contract.sources):
        return
    if any(drop.rules != contract.rules(drop.source) for drop in drops):
        return
    floor = newest_boundaries(contract, registry.datasets(pipeline))
    recipe = Recipe(contract, drops, floor)
    if registry.dataset(pipeline, recipe.version) is None:
        forgetting = registry.forget_reports(pipeline)
        rows = join_sources(contract, drops, store)
        recipe = Recipe(contract, drops, find_boundaries(contract, rows, floor))
        dataset = _write(recipe, rows, store=store, data=data)
        _require_same(forgetting, registry.forget_reports(pipeline))
        _require_newest(recipe, registry.datasets(pipeline))
        registry.put_dataset(pipeline, dataset)
    bus.publish(DatasetReady(pipeline=pipeline, dataset_version=recipe.version))


def _require_same(before: list[ForgetRecord], after: list[ForgetRecord]) -> None:
    """Whoever is forgotten between reading and recording would be in the version for ever."""
    if before != after or any(report.state == "running" for report in after):
        raise StaleWriteError("somebody was being forgotten; the dataset is written again")


def _require_newest(recipe: Recipe, datasets: list[DatasetRecord]) -> None:
    """A version that was frozen meanwhile may have trained on what this one would test."""
    newest = newest_boundaries(recipe.contract, datasets)
    if not newest or not recipe.boundaries:
        return
    if first_moments(newest)[-1] > first_moments(recipe.boundaries)[-1]:
        raise StaleWriteError(f"test begins at {newest.test} by now; the dataset is split again")


def _write(recipe: Recipe, rows: Joined, *, store: Store, data: str) -> DatasetRecord:
    contract = recipe.contract
    base = f"{data}/datasets/{contract.pipeline}/{recipe.version}"
    counts = _deal(recipe, rows, store=store, base=base)
    profile = _baseline(recipe.drops, store)
    store.write(f"{base}/profile.json", profile.model_dump_json().encode(), JSON)
    store.write(f"{base}/contract.json", contract.model_dump_json().encode(), JSON)
    return DatasetRecord(
        dataset_version=recipe.version,
        contract_version=contract.version,
        code_version=__version__,
        drops=tuple(drop.drop_id for drop in recipe.drops),
        split=contract.split.model_dump(mode="json"),
        boundaries=recipe.boundaries,
        channels={channel: f"{base}/{channel}/" for channel in CHANNELS},
        rows=counts,
        profile_uri=f"{base}/profile.json",
        contract_uri=f"{base}/contract.json",
        created_at=now(),
    )


def _deal(recipe: Recipe, rows: Joined, *, store: Store, base: str) -> dict[str, int]:
    """Write every row to its channel; the number of rows in each."""
    dealer = Dealer(recipe.contract, rows.content, recipe.boundaries)
    with TemporaryDirectory() as folder:
        channels = []
        for name in CHANNELS:
            place = Path(folder) / name
            place.mkdir()
            channels.append(Channel(f"{base}/{name}/", rows.schema, folder=place, store=store))
        for shares in ahead(dealer.deal(batch) for batch in rows.batches()):
            for channel, share in zip(channels, shares, strict=True):
                channel.add(share)
        for channel in channels:
            channel.close()
    return {name: channel.rows for name, channel in zip(CHANNELS, channels, strict=True)}


def _baseline(drops: tuple[DropRecord, ...], store: Store) -> Profile:
    merged = Profile()
    for drop in drops:
        merged = merged.merge(Profile.model_validate_json(store.read(drop.profile_uri or "")))
    return merged
