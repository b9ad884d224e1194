"""Counts in the records of what lost rows: every row of a drop is still counted exactly once."""

from functools import partial

from ingestion.forget.places import KEYS, TABLE, Place
from ingestion.forget.progress import Progress
from ingestion.forget.tables import count_distinct, count_rows
from tidemill.records import DatasetRecord, DropRecord
from tidemill.registry import Registry
from tidemill.store import Store


def settle_drops(place: Place, progress: Progress, registry: Registry, store: Store) -> set[str]:
    """Count the rows of every drop that lost some, and erase the keys of its rows; their ids."""
    pipeline = _pipeline(place)
    touched = _folders(place, progress, depth=1)
    for drop_id in sorted(touched):
        drop = registry.drop(pipeline, drop_id)
        if drop is None:
            continue
        rows = {part.uri: count_rows(part.uri, store) for part in drop.parts}
        bad = count_distinct(drop.quarantine_uri, "row", store) if drop.quarantine_uri else 0
        registry.update_drop(pipeline, drop_id, partial(_recounted, rows=rows, bad=bad))
        sorting = place.prefix.replace("/drops/", "/work/", 1)
        for uri in store.list(f"{sorting}{drop.source}/{drop_id}/"):
            if uri.endswith(KEYS):
                store.delete_versions(uri)
    return touched


def settle_datasets(place: Place, progress: Progress, registry: Registry, store: Store) -> set[str]:
    """Count the rows of every dataset version that lost some; their names."""
    pipeline = _pipeline(place)
    touched = _folders(place, progress, depth=0)
    for version in sorted(touched):
        dataset = registry.dataset(pipeline, version)
        if dataset is None:
            continue
        rows = {
            channel: sum(
                count_rows(uri, store) for uri in store.list(prefix) if uri.endswith(TABLE)
            )
            for channel, prefix in dataset.channels.items()
        }
        registry.update_dataset(pipeline, version, partial(_channels_recounted, rows=rows))
    return touched


def _pipeline(place: Place) -> str:
    return place.prefix.rstrip("/").rsplit("/", 1)[-1]


def _folders(place: Place, progress: Progress, depth: int) -> set[str]:
    """The folders of that depth under the place in which rows were found."""
    uris = progress.found.get(place.name, {})
    return {uri.removeprefix(place.prefix).split("/")[depth] for uri in uris}


def _recounted(drop: DropRecord, rows: dict[str, int], bad: int) -> DropRecord:
    """Every row counted once: those that parts and quarantine lack now are forgotten."""
    parts = tuple(
        part.model_copy(update={"rows": rows.get(part.uri, part.rows)}) for part in drop.parts
    )
    accepted = sum(part.rows for part in parts) if parts else drop.rows.accepted
    gone = drop.rows.accepted - accepted + drop.rows.quarantined - bad
    counted = drop.rows.model_copy(
        update={
            "accepted": accepted,
            "quarantined": bad,
            "forgotten": drop.rows.forgotten + gone,
        }
    )
    return drop.model_copy(update={"parts": parts, "rows": counted})


def _channels_recounted(dataset: DatasetRecord, rows: dict[str, int]) -> DatasetRecord:
    gone = sum(dataset.rows.values()) - sum(rows.values())
    counted = {"rows": rows, "forgotten_rows": dataset.forgotten_rows + gone}
    return dataset.model_copy(update=counted)
