"""Dashboards of pipelines, which come with contracts and not with a deployment."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import Access
from infra.blocks.function import PythonFunction
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.storage import Storage
from tidemill.dashboards import dashboard_name
from tidemill.settings import DrawSettings

# A pipeline that had its contract before the setting gets its dashboard with its next model.
DRAWN_BY: dict[str, Any] = {
    "source": ["tidemill"],
    "detail-type": ["ContractAccepted", "ModelPromoted"],
}


class Dashboards(Construct):
    """Draws the dashboard of each pipeline whose contract is accepted."""

    def __init__(
        self, room: Room, *, storage: Storage, layers: list[lambda_.ILayerVersion]
    ) -> None:
        super().__init__(room, "Dashboards")
        timeout = Duration.minutes(1)
        settings = DrawSettings(stage=room.settings.stage, region=room.region)
        self.draw = PythonFunction(self, "draw", settings=settings, layers=layers, timeout=timeout)
        named = room.format_arn(
            service="cloudwatch",
            region="",
            resource="dashboard",
            resource_name=dashboard_name(room.settings.stage, "*"),
        )
        self.draw.allow(
            Access(
                actions=("cloudwatch:PutDashboard",),
                resources=(named,),
                reason="Dashboards are named by pipeline; the prefix is the stage's.",
            )
        )
        drawings = WorkQueue(self, "Drawings", worker_timeout=timeout)
        drawings.receive("PipelineChanged", pattern=DRAWN_BY, bus=storage.bus.event_bus_name)
        drawings.feed(self.draw, max_concurrency=2)
