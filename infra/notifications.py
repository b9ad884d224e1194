"""People are told once of each incident: by mail, and in a chat."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.blocks.access import Access, use_key, write_records
from infra.blocks.function import PythonFunction
from infra.blocks.queue import WorkQueue, delivery
from infra.blocks.room import Room
from infra.code_release import release_name
from infra.storage import Storage
from tidemill.settings import NotifySettings

HEARD: dict[str, Any] = {
    "source": ["tidemill"],
    "detail-type": [
        "BudgetExceeded",
        "ContractAccepted",
        "ContractRefused",
        "DriftDetected",
        "HarmFound",
        "IdleResourcesFound",
        "ModelPromoted",
        "ModelRegistered",
        "ModelRolledBack",
        "RetrainingHalted",
        "RunRefused",
    ],
}


class Notifications(Construct):
    """Alarms and events fall into one queue; a function tells of what begins, and of it once."""

    def __init__(
        self, room: Room, *, storage: Storage, layers: list[lambda_.ILayerVersion]
    ) -> None:
        super().__init__(room, "Notifications")
        self._room, self._storage = room, storage
        timeout = Duration.minutes(1)
        self.notify = self._notify(layers, timeout)
        self._allow()
        incidents = WorkQueue(self, "Incidents", worker_timeout=timeout)
        incidents.receive("Happened", pattern=HEARD, bus=storage.bus.event_bus_name)
        self._hear_alarms(incidents)
        if room.settings.code_release == "canary":
            incidents.receive("CodeReleased", pattern=_taken_back(room.settings.stage))
        incidents.feed(self.notify, max_concurrency=2)

    def _notify(self, layers: list[lambda_.ILayerVersion], timeout: Duration) -> PythonFunction:
        settings = NotifySettings(
            stage=self._room.settings.stage,
            registry_table=self._storage.registry.table_name,
            topic=self._storage.incidents_topic.topic_arn,
            webhook=self._room.settings.alarm_webhook or "",
            docs_url=self._room.settings.docs_url or "",
            api_url=self._room.settings.api_url or "",
            pipeline_dashboards=self._room.settings.pipeline_dashboards,
        )
        return PythonFunction(self, "notify", settings=settings, layers=layers, timeout=timeout)

    def _allow(self) -> None:
        topic = self._storage.incidents_topic.topic_arn
        self.notify.allow(
            *write_records(self._storage.registry),
            Access(actions=("sns:Publish",), resources=(topic,)),
            use_key(self._storage.operations_key),
        )
        secret = self._room.settings.alarm_webhook
        if secret:
            self.notify.allow(
                Access(actions=("secretsmanager:GetSecretValue",), resources=(secret,))
            )

    def _hear_alarms(self, incidents: WorkQueue) -> None:
        topic = self._storage.alarm_topic.topic_arn
        sns.CfnSubscription(
            self,
            "Alarms",
            topic_arn=topic,
            protocol="sqs",
            endpoint=incidents.queue.queue_arn,
            raw_message_delivery=True,
            redrive_policy={"deadLetterTargetArn": incidents.dead_letters.queue_arn},
        )
        for queue in (incidents.queue, incidents.dead_letters):
            queue.add_to_resource_policy(delivery(queue, topic, service="sns"))


def _taken_back(stage: str) -> dict[str, Any]:
    """A release of code that failed or was stopped: that the version before is back is a success.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-cloudwatch-events.html
    """
    return {
        "source": ["aws.codedeploy"],
        "detail-type": ["CodeDeploy Deployment State-change Notification"],
        "detail": {
            "application": [release_name(stage)],
            "state": ["FAILURE", "STOP"],
        },
    }
