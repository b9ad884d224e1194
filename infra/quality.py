"""Outcomes on their way to the predictions that they are of, and who joins the two."""

from typing import Any

from aws_cdk import Duration
from constructs import Construct

from infra.blocks.access import (
    erase_objects,
    publish_events,
    read_objects,
    write_objects,
    write_records,
)
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.figures import stage_metric
from infra.storage import Storage
from tidemill.settings import MeasureSettings

CAPTURED, TOLD, JOINED = "predictions/", "outcomes/", "quality/"
FILES = "*/_outcomes/"
TIMEOUT = Duration.minutes(5)


class Quality(Construct):
    """Captured predictions, outcomes told and files of outcomes go to one function."""

    def __init__(self, room: Room, *, storage: Storage, layers: list[LockedLayer]) -> None:
        super().__init__(room, "Quality")
        self._storage = storage
        measurements = WorkQueue(self, "Measurements", worker_timeout=TIMEOUT)
        capture, landing = storage.capture.bucket_name, storage.landing.bucket_name
        prefixes = [{"prefix": CAPTURED}, {"prefix": TOLD}]
        measurements.receive("Told", pattern=_created(capture, prefixes))
        measurements.receive("FilesTold", pattern=_created(landing, [{"wildcard": f"{FILES}*"}]))
        measurements.feed(self._measure(room, layers), max_concurrency=2)
        room.alarm(
            "RealizedQuality",
            stage_metric("QualityBroken", room.settings.stage),
            above=0,
            description="A champion is surely worse than its test promised. GET "
            "/v1/pipelines/{name}/quality tells by how much, since when, and for whom.",
        )

    def _measure(self, room: Room, layers: list[LockedLayer]) -> PythonFunction:
        storage = self._storage
        settings = MeasureSettings(
            stage=room.settings.stage,
            registry_table=storage.registry.table_name,
            bus=storage.bus.event_bus_name,
            capture_bucket=storage.capture.bucket_name,
        )
        function = PythonFunction(
            self, "measure", settings=settings, layers=layers, timeout=TIMEOUT, memory_mb=1024
        )
        role = function.own_role
        function.allow(
            *read_objects(storage.capture, role, CAPTURED, TOLD, JOINED),
            *write_objects(storage.capture, role, JOINED),
            *erase_objects(storage.capture, role, JOINED),
            *read_objects(storage.landing, role, FILES),
            *read_objects(storage.models, role, "models/"),
            *read_objects(storage.data, role, "datasets/"),
            *write_records(storage.registry),
            *publish_events(storage.bus),
        )
        return function


def _created(bucket: str, keys: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": keys}},
    }
