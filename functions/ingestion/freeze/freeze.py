"""Join, split and freeze a dataset version out of the drops that live now."""

import json
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.freeze.join import join_sources
from ingestion.freeze.split import CHANNELS, split
from tidemill import __version__
from tidemill.contract import Contract
from tidemill.events import DatasetReady, EventBus
from tidemill.profile import Profile
from tidemill.records import DatasetRecord, DropRecord, now
from tidemill.registry import Registry
from tidemill.store import Store

PARQUET = "application/vnd.apache.parquet"
JSON = "application/json"


def freeze(pipeline: str, *, registry: Registry, store: Store, bus: EventBus, data: str) -> None:
    """Write the dataset version that contract and drops make, once, and tell that it is there.

    Nothing happens while a source has no accepted drop, or a drop waits to be read again under
    the contract in force. The version is the hash of contract,
    contents and code: the same drops, however often they are announced, make one version.
    """
    contract = registry.contract(pipeline)
    drops = [drop for drop in registry.live_drops(pipeline) if drop.source in contract.sources]
    if {drop.source for drop in drops} != set(contract.sources):
        return
    if any(drop.rules != contract.rules(drop.source) for drop in drops):
        return
    version = identify_dataset(contract, drops)
    if registry.dataset(pipeline, version) is None:
        record = _write(contract, drops, version, store=store, data=data)
        registry.put_dataset(pipeline, record)
    bus.publish(DatasetReady(pipeline=pipeline, dataset_version=version))


def identify_dataset(contract: Contract, drops: list[DropRecord]) -> str:
    """The content address of a dataset: contract version, contents by source, code version."""
    contents = sorted(f"{drop.source}/{drop.content}" for drop in drops)
    address = json.dumps([contract.version, contents, __version__])
    return sha256(address.encode()).hexdigest()[:16]


def _write(
    contract: Contract, drops: list[DropRecord], version: str, *, store: Store, data: str
) -> DatasetRecord:
    base = f"{data}/datasets/{contract.pipeline}/{version}"
    channels = split(join_sources(contract, drops, store), contract)
    for channel, table in channels.items():
        store.write(f"{base}/{channel}/part-0.parquet", _parquet(table), PARQUET)
    profile = _baseline(drops, store)
    store.write(f"{base}/profile.json", profile.model_dump_json().encode(), JSON)
    store.write(f"{base}/contract.json", contract.model_dump_json().encode(), JSON)
    return DatasetRecord(
        dataset_version=version,
        contract_version=contract.version,
        drops=tuple(drop.drop_id for drop in drops),
        channels={channel: f"{base}/{channel}/" for channel in CHANNELS},
        rows={channel: table.num_rows for channel, table in channels.items()},
        profile_uri=f"{base}/profile.json",
        contract_uri=f"{base}/contract.json",
        created_at=now(),
    )


def _baseline(drops: list[DropRecord], store: Store) -> Profile:
    merged = Profile()
    for drop in drops:
        merged = merged.merge(Profile.model_validate_json(store.read(drop.profile_uri or "")))
    return merged


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())
