"""From captured predictions and new data to drift, alarms and the dashboard."""

from typing import Any

from aws_cdk import Duration
from constructs import Construct

from infra.blocks.access import publish_events, read_objects, write_objects, write_records
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.costs import Costs
from infra.dashboard import Dashboard
from infra.dashboards import Dashboards
from infra.figures import stage_metric
from infra.ingestion import ACCEPTED
from infra.notifications import Notifications
from infra.quality import Quality
from infra.retraining import Retraining
from infra.storage import Storage
from tidemill.settings import WatchSettings

CAPTURED = "predictions/"


class Monitoring(Room):
    """New data and captured predictions are compared with what the champion was trained on."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        self.storage = storage
        self.core, self.tabular = LockedLayer(self, "core"), LockedLayer(self, "tabular")
        self.watch = self._watch()
        self._alarms()
        self.quality = Quality(self, storage=storage, layers=[self.core, self.tabular])
        self.retraining = Retraining(self, storage=storage, layers=[self.core])
        self.costs = Costs(self, storage=storage, layers=[self.core])
        self.notifications = Notifications(self, storage=storage, layers=[self.core])
        if self.settings.pipeline_dashboards:
            self.dashboards = Dashboards(self, storage=storage, layers=[self.core])
        self.dashboard = Dashboard(self, bounds=self.costs.bounds)
        self.publish("DashboardName", self.dashboard.ref)

    def _watch(self) -> PythonFunction:
        storage, timeout = self.storage, Duration.minutes(5)
        settings = WatchSettings(
            stage=self.settings.stage,
            registry_table=storage.registry.table_name,
            bus=storage.bus.event_bus_name,
            capture_bucket=storage.capture.bucket_name,
        )
        layers = [self.core, self.tabular]
        function = PythonFunction(
            self, "watch", settings=settings, layers=layers, timeout=timeout, memory_mb=1024
        )
        function.allow(
            *read_objects(storage.capture, function.own_role, CAPTURED, "baselines/"),
            *write_objects(storage.capture, function.own_role, "baselines/", "drift/"),
            *read_objects(storage.data, function.own_role, "drops/", "datasets/"),
            *write_records(storage.registry),
            *publish_events(storage.bus),
        )
        observations = WorkQueue(self, "Observations", worker_timeout=timeout)
        observations.receive("PredictionsCaptured", pattern=self._captured())
        observations.receive("DropAccepted", pattern=ACCEPTED, bus=storage.bus.event_bus_name)
        observations.feed(function, max_concurrency=2)
        return function

    def _captured(self) -> dict[str, Any]:
        return {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {
                "bucket": {"name": [self.storage.capture.bucket_name]},
                "object": {"key": [{"prefix": CAPTURED}]},
            },
        }

    def _alarms(self) -> None:
        self.alarm(
            "DataDrift",
            stage_metric("DriftedFeatures", self.settings.stage),
            above=0,
            description="Data no longer look as they did when a champion was trained. GET "
            "/v1/pipelines/{name}/drift names features and segments, how far and since when.",
        )
        self.alarm(
            "DropsQuarantined",
            stage_metric("DropsQuarantined", self.settings.stage),
            above=0,
            description="A drop was quarantined or could not be read. GET "
            "/v1/pipelines/{name}/drops gives the reasons; mend the file and drop it again.",
        )
        self.alarm(
            "ModelLoadFailures",
            stage_metric("ModelLoadFailures", self.settings.stage),
            above=0,
            description="A champion could not be loaded, or nobody vouches for it; the model "
            "before it serves, if it can. The predict function's log says what is wrong.",
        )
        self.alarm(
            "CapturesLost",
            stage_metric("CapturesLost", self.settings.stage),
            above=0,
            description="Predictions were answered but not captured, so drift is judged on fewer. "
            "Look at the capture stream's throttles and at the predict function's log.",
        )
