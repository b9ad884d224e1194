"""From a landed object to a frozen dataset version."""

from typing import Any

from aws_cdk import Duration
from constructs import Construct

from infra.blocks.access import (
    Access,
    derive_pseudonyms,
    erase_objects,
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
from infra.large_drops import (
    SORTING_MEMORY_MB,
    SORTING_SCRATCH,
    SORTING_TIMEOUT,
    LargeDrops,
    sort_drops,
)
from infra.storage import Storage
from tidemill.settings import AdoptSettings, ForgetSettings, FreezeSettings, IngestSettings

CONTRACT = "/pipeline.yaml"


class Ingestion(Room):
    """Contracts are adopted, drops ingested and frozen into dataset versions, people forgotten."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        self.storage = storage
        self.core = LockedLayer(self, "core")
        self.tabular = LockedLayer(self, "tabular")
        self.drops = WorkQueue(self, "DataDrops", worker_timeout=Duration.minutes(15))
        self.large = LargeDrops(self, storage=storage, layers=[self.core, self.tabular])
        self.adopt = self._adopt()
        self.ingest = self._ingest()
        self.freeze = self._freeze()
        self.forget = self._forget()

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
        storage, large = self.storage, self.large
        machine = large.workflow.state_machine_arn
        function = PythonFunction(
            self,
            "ingest",
            settings=IngestSettings(**large.settings.model_dump(), workflow=machine),
            layers=[self.core, self.tabular],
            timeout=SORTING_TIMEOUT,
            memory_mb=SORTING_MEMORY_MB,
            scratch=SORTING_SCRATCH,
        )
        function.allow(
            *sort_drops(storage, function.own_role),
            *write_named_objects(
                storage.landing, function.own_role, "pipeline.draft.yaml", "pipeline.yaml"
            ),
            *write_records(storage.registry),
            *publish_events(storage.bus),
            Access(actions=("states:StartExecution",), resources=(machine,)),
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

    def _forget(self) -> PythonFunction:
        storage, timeout = self.storage, Duration.minutes(15)
        function = PythonFunction(
            self,
            "forget",
            settings=ForgetSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                bus=storage.bus.event_bus_name,
                data_bucket=storage.data.bucket_name,
                capture_bucket=storage.capture.bucket_name,
                pseudonym_key=storage.pseudonym_key.key_id,
            ),
            layers=[self.core, self.tabular],
            timeout=timeout,
            memory_mb=2048,
        )
        stores = {
            storage.data: ("work/", "drops/", "datasets/"),
            storage.capture: ("predictions/", "outcomes/", "quality/"),
        }
        for bucket, prefixes in stores.items():
            for access in (read_objects, write_objects, erase_objects):
                function.allow(*access(bucket, function.own_role, *prefixes))
        function.allow(
            *write_records(storage.registry),
            *publish_events(storage.bus),
            derive_pseudonyms(storage.pseudonym_key),
        )
        requests = WorkQueue(self, "ForgetRequests", worker_timeout=timeout)
        requests.receive("ForgetAsked", pattern=FORGET_ASKED, bus=storage.bus.event_bus_name)
        requests.feed(function, max_concurrency=2)
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
FORGET_ASKED: dict[str, Any] = {"source": ["tidemill"], "detail-type": ["ForgetRequested"]}
