"""One dashboard a stage: its alarms, then a row per room, in the order that data meets them."""

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.blocks.room import Room
from tidemill.dashboards import dashboard_name, stage_dashboard


class Dashboard(cloudwatch.CfnDashboard):
    """`Tidemill-<stage>`; pipelines appear on it by themselves, as their metrics do.

    It shows the alarms of every room there is by now; `bounds` are those that are settings.
    """

    def __init__(self, room: Room, *, bounds: Mapping[str, float]) -> None:
        stage = room.settings.stage
        body = stage_dashboard(stage, room.region, alarms=_alarms(room), bounds=bounds)
        super().__init__(
            room,
            "Dashboard",
            dashboard_name=dashboard_name(stage),
            dashboard_body=room.to_json_string(body),
        )


def _alarms(room: Room) -> list[str]:
    """The ARNs of all rooms' alarms, by name, so that no stack leans on another for them."""
    rooms = [found for found in room.node.root.node.children if isinstance(found, Room)]
    return [
        f"arn:{room.partition}:cloudwatch:{room.region}:{room.account}:alarm:{name}"
        for found in rooms
        for name in sorted(found.alarms)
    ]
