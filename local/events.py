"""SageMaker's state-change events, put on the default bus in their documented shape."""

import json
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from local import wire
from local.jobs import TrainingJob
from local.processing import ProcessingJob
from local.settings import ServerSettings

_PACKAGE_TIMES = ("CreationTime", "LastModifiedTime")


class StateChanges:
    """Publishes changes from threads of their own: a slow target never holds up a job."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings

    def training_job(self, job: TrainingJob) -> None:
        """Say that a job moved on; the detail is its description, times in milliseconds."""
        detail = wire.epoch_millis(job.describe()) | {"Tags": {}}
        self.emit("aws.sagemaker", "SageMaker Training Job State Change", [job.arn], detail)

    def processing_job(self, job: ProcessingJob) -> None:
        """Say that a processing job moved on, in the same form."""
        detail = wire.epoch_millis(job.describe()) | {"Tags": {}}
        self.emit("aws.sagemaker", "SageMaker Processing Job State Change", [job.arn], detail)

    def model_package(self, document: dict[str, Any]) -> None:
        """Say that a package was made or its approval changed; times are ISO 8601."""
        detail = dict(document)
        for name in _PACKAGE_TIMES:
            if isinstance(detail.get(name), int | float):
                detail[name] = wire.iso(detail[name])
        detail.pop("CreatedBy", None)
        detail.pop("LastModifiedBy", None)
        arn = str(document["ModelPackageArn"])
        self.emit("aws.sagemaker", "SageMaker Model Package State Change", [arn], detail)

    def emit(self, source: str, kind: str, resources: list[str], detail: dict[str, Any]) -> None:
        """Send an event as an AWS service does; no client may, `aws.` sources are refused."""
        entry = {
            "Source": source,
            "DetailType": kind,
            "Resources": resources,
            "Detail": json.dumps(detail),
            "EventBusName": "default",
        }
        spawn_background(self._put, entry, thread_name="service-event")

    def _put(self, entry: dict[str, Any]) -> None:
        with request_scope(self._settings.account, self._settings.region):
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)  # noqa: SLF001
