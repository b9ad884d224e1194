"""What was seen of a champion becomes another run, where that is due."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import publish_events, write_records
from infra.blocks.function import PythonFunction
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.blocks.timetable import Timetable
from infra.storage import Storage
from tidemill.settings import RetrainSettings

SEEN: dict[str, Any] = {
    "source": ["tidemill"],
    "detail-type": ["DatasetReady", "DriftDetected", "HarmFound"],
}
DAILY = "45 0 * * ? *"


class Retraining(Construct):
    """One function decides, on what is seen and once a day."""

    def __init__(
        self, room: Room, *, storage: Storage, layers: list[lambda_.ILayerVersion]
    ) -> None:
        super().__init__(room, "Retraining")
        timeout = Duration.minutes(1)
        settings = RetrainSettings(
            stage=room.settings.stage,
            registry_table=storage.registry.table_name,
            bus=storage.bus.event_bus_name,
        )
        self.retrain = PythonFunction(
            self, "retrain", settings=settings, layers=layers, timeout=timeout
        )
        self.retrain.allow(*write_records(storage.registry), *publish_events(storage.bus))
        signs = WorkQueue(self, "RetrainingSigns", worker_timeout=timeout)
        signs.receive("Seen", pattern=SEEN, bus=storage.bus.event_bus_name)
        signs.feed(self.retrain, max_concurrency=2)
        timetable = Timetable(self, "Schedules", function=self.retrain)
        timetable.call("Daily", cron=DAILY, event={})
