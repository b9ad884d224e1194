"""From a landed object to a frozen dataset version."""

from typing import Any

from aws_cdk import Duration, Size
from constructs import Construct

from infra.blocks.access import (
    derive_pseudonyms,
    publish_events,
    read_objects,
    send_messages,
    write_named_objects,
    write_objects,
    write_records,
)
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.storage import Storage
from tidemill.settings import AdoptSettings, FreezeSettings, IngestSettings

CONTRACT = "/pipeline.yaml"


class Ingestion(Room):
    """Contracts are adopted, drops ingested, and accepted drops frozen into dataset versions."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        self.storage = storage
        self.core = LockedLayer(self, "core")
        self.tabular = LockedLayer(self, "tabular")
        self.drops = WorkQueue(self, "DataDrops", worker_timeout=Duration.minutes(15))
        self.adopt = self._adopt()
        self.ingest = self._ingest()
        self.freeze = self._freeze()

    def _adopt(self) -> PythonFunction:
        storage, timeout = self.storage, Duration.minutes(5)
        function = PythonFunction(
            self,
            "adopt",
            settings=AdoptSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                bus=storage.bus.event_bus_name,
                landing_queue=self.drops.queue.queue_url,
            ),
            layers=[self.core],
            timeout=timeout,
        )
        function.allow(
            *read_objects(storage.landing, function.own_role, ""),
            *write_records(storage.registry),
            *publish_events(storage.bus),
            *send_messages(self.drops.queue, storage.operations_key),
        )
        contracts = WorkQueue(self, "ContractDrops", worker_timeout=timeout)
        contracts.receive("ContractLanded", pattern=self._landed({"suffix": CONTRACT}))
        contracts.feed(function)
        return function

    def _ingest(self) -> PythonFunction:
        storage = self.storage
        function = PythonFunction(
            self,
            "ingest",
            settings=IngestSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                bus=storage.bus.event_bus_name,
                data_bucket=storage.data.bucket_name,
                pseudonym_key=storage.pseudonym_key.key_id,
                workflow="none",
            ),
            layers=[self.core, self.tabular],
            timeout=Duration.minutes(15),
            memory_mb=2048,
            scratch=Size.gibibytes(4),
        )
        function.allow(
            *read_objects(storage.landing, function.own_role, ""),
            *write_named_objects(
                storage.landing, function.own_role, "pipeline.draft.yaml", "pipeline.yaml"
            ),
            *write_objects(storage.data, function.own_role, "drops/"),
            *write_records(storage.registry),
            *publish_events(storage.bus),
            derive_pseudonyms(storage.pseudonym_key),
        )
        others = {"anything-but": {"suffix": CONTRACT}}
        self.drops.receive("DataLanded", pattern=self._landed(others))
        self.drops.feed(function, max_concurrency=10)
        return function

    def _freeze(self) -> PythonFunction:
        storage, timeout = self.storage, Duration.minutes(15)
        function = PythonFunction(
            self,
            "freeze",
            settings=FreezeSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                bus=storage.bus.event_bus_name,
                data_bucket=storage.data.bucket_name,
            ),
            layers=[self.core, self.tabular],
            timeout=timeout,
            memory_mb=3008,
        )
        function.allow(
            *read_objects(storage.data, function.own_role, "drops/"),
            *write_objects(storage.data, function.own_role, "datasets/"),
            *write_records(storage.registry),
            *publish_events(storage.bus),
        )
        accepted = WorkQueue(self, "AcceptedDrops", worker_timeout=timeout)
        accepted.receive("DropAccepted", pattern=ACCEPTED, bus=storage.bus.event_bus_name)
        window = Duration.seconds(self.settings.freeze_window_seconds)
        accepted.feed(function, batch_size=100, window=window)
        return function

    def _landed(self, key: dict[str, Any]) -> dict[str, Any]:
        return {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {
                "bucket": {"name": [self.storage.landing.bucket_name]},
                "object": {"key": [key]},
            },
        }


ACCEPTED: dict[str, Any] = {
    "source": ["tidemill"],
    "detail-type": ["DropRecorded"],
    "detail": {"state": ["accepted"]},
}
