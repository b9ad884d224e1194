"""What a request to forget leaves to be known: a report without a name."""

from collections.abc import Iterable

from ingestion.forget.progress import Progress
from tidemill.errors import NoChampionError
from tidemill.records import (
    DropRecord,
    ForgetRecord,
    RawObject,
    SuppressionRecord,
    now,
)
from tidemill.registry import Registry

READ = frozenset({"accepted", "duplicate"})


def remember(
    old: SuppressionRecord, drops: Iterable[DropRecord], touched: set[str], datasets: set[str]
) -> SuppressionRecord:
    """Add where the person's rows were, so that another request for them is told too."""
    every = list(drops)
    contents = {(d.source, d.content) for d in every if d.drop_id in touched}
    raw = [
        RawObject(uri=drop.uri, version_id=drop.version_id)
        for drop in every
        if drop.drop_id in touched
        or (drop.state == "duplicate" and (drop.source, drop.content) in contents)
    ]
    return old.model_copy(
        update={
            "raw_objects": tuple(dict.fromkeys((*old.raw_objects, *raw))),
            "datasets": tuple(sorted({*old.datasets, *datasets})),
        }
    )


def report(
    pipeline: str,
    started: ForgetRecord,
    progress: Progress,
    known: SuppressionRecord,
    registry: Registry,
) -> ForgetRecord:
    """The whole of it: what went, what is left to whom, and which models have seen the person."""
    models = tuple(
        model.model_version
        for model in registry.models(pipeline)
        if model.dataset_version in known.datasets
    )
    return started.model_copy(
        update={
            "state": "done",
            "finished_at": now(),
            "removed": progress.removed(),
            "unnamed": progress.nameless(),
            "raw_objects": known.raw_objects,
            "unread_objects": tuple(
                RawObject(uri=drop.uri, version_id=drop.version_id)
                for drop in registry.drops(pipeline)
                if drop.state not in READ and drop.size
            ),
            "datasets": known.datasets,
            "models": models,
            "champion": _champion(pipeline, models, registry),
        }
    )


def _champion(pipeline: str, models: tuple[int, ...], registry: Registry) -> int | None:
    try:
        version = registry.champion(pipeline).model_version
    except NoChampionError:
        return None
    return version if version in models else None
