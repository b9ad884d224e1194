"""From a prediction back to the files: what a model was made of, in one document."""

from typing import Any

from tidemill.records import DatasetRecord, DropRecord, ForgetRecord
from tidemill.registry import Registry

ORIGIN = {"source", "uri", "version_id", "etag", "landed_at", "rows", "content"}
MAKING = {"contract_version", "code_version", "split", "boundaries", "profile_uri"}


def trace(pipeline: str, version: int, registry: Registry) -> dict[str, Any]:
    """The model's run, its dataset version, and every drop in it; UnknownModelError if none.

    What is not known any more, or was not written down in its day, is null.
    """
    model = registry.model(pipeline, version)
    dataset = registry.dataset(pipeline, model.dataset_version)
    said = dataset.model_dump(mode="json") if dataset else {}
    drops = {drop.drop_id: drop for drop in registry.drops(pipeline)} if dataset else {}
    return {
        "model": f"{pipeline}/{version}",
        "run": model.run,
        "dataset_version": model.dataset_version,
        **{name: said.get(name) for name in sorted(MAKING)},
        "contract_version": model.contract_version,
        "drops": [_origin(d, drops.get(d)) for d in dataset.drops] if dataset else None,
        "rows": said.get("rows"),
        "forgotten_rows": said.get("forgotten_rows"),
        "forgotten": _forgotten(dataset, registry.forget_reports(pipeline)) if dataset else None,
    }


def _origin(drop_id: str, drop: DropRecord | None) -> dict[str, Any]:
    said = drop.model_dump(mode="json", include=ORIGIN) if drop else {}
    return {"drop_id": drop_id, **{name: said.get(name) for name in sorted(ORIGIN)}}


def _forgotten(dataset: DatasetRecord, reports: list[ForgetRecord]) -> list[dict[str, Any]]:
    """The requests that took rows out of the dataset after it was frozen."""
    return [
        {"request_id": report.request_id, "finished_at": report.finished_at}
        for report in reports
        if dataset.dataset_version in report.datasets
    ]
