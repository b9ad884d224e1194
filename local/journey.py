"""The public interfaces as a user has them: drop into S3, call the API, look at CloudWatch."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import boto3
import httpx

from tidemill.store import parse_uri

POLL_SECONDS = 0.25


class JourneyError(Exception):
    """Something that should have happened did not; the message says what was seen instead."""


class Journey:
    """One user of a running Tidemill; `cloud` is the content of `cloud.json`."""

    def __init__(self, cloud: dict[str, Any]) -> None:
        self.cloud = cloud
        self.outputs: dict[str, str] = cloud["outputs"]
        self._session = boto3.Session(
            aws_access_key_id=cloud["access_key"],
            aws_secret_access_key=cloud["secret_key"],
            region_name=cloud["region"],
        )
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
        """One client a service, open until the journey is closed."""
        if service not in self._clients:
            create: Any = self._session.client
            self._clients[service] = create(service, endpoint_url=self.cloud["endpoint"])
        return self._clients[service]

    def close(self) -> None:
        """Close every connection."""
        self.api.close()
        for client in self._clients.values():
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def api(self) -> httpx.Client:
        headers = {"x-api-key": self.cloud["api_key"]}
        return httpx.Client(base_url=f"{self.cloud['api_url']}/v1", headers=headers, timeout=60)

    def drop(self, key: str, body: bytes, **metadata: str) -> None:
        """Put an object into the landing bucket."""
        self.client("s3").put_object(
            Bucket=self.outputs["LandingBucket"], Key=key, Body=body, Metadata=metadata
        )

    def get(self, path: str) -> dict[str, Any]:
        """GET a document; JourneyError with the API's answer where it is not one."""
        answer = self.api.get(path)
        if answer.status_code != httpx.codes.OK:
            raise JourneyError(f"GET {path} answered {answer.status_code}: {answer.text}")
        document: dict[str, Any] = answer.json()
        return document

    def find(self, path: str) -> dict[str, Any] | None:
        """GET a document that may not be there yet."""
        answer = self.api.get(path)
        return answer.json() if answer.status_code == httpx.codes.OK else None

    def predict(
        self, pipeline: str, instances: list[dict[str, Any]], ids: list[str] | None = None
    ) -> dict[str, Any]:
        """POST instances; JourneyError with the problem document where they are refused."""
        body = {"instances": instances, **({"ids": ids} if ids else {})}
        answer = self.api.post(f"/pipelines/{pipeline}/predictions", json=body)
        if answer.status_code != httpx.codes.OK:
            raise JourneyError(f"predictions answered {answer.status_code}: {answer.text}")
        document: dict[str, Any] = answer.json()
        return document

    def drop_record(self, key: str) -> dict[str, Any] | None:
        """What became of the newest object of that key."""
        found = self.find(f"/pipelines/{key.split('/', maxsplit=1)[0]}/drops")
        uri = f"s3://{self.outputs['LandingBucket']}/{key}"
        drops = found["drops"] if found else []
        return next((drop for drop in drops if drop["uri"] == uri), None)

    def executions(self, machine: str) -> list[dict[str, Any]]:
        """Executions of a state machine, named by its output."""
        arn = self.outputs[machine]
        found = self.client("stepfunctions").list_executions(stateMachineArn=arn)
        executions: list[dict[str, Any]] = found["executions"]
        return executions

    def current_state(self, execution: str) -> str:
        """The state a workflow entered last."""
        history = self.client("stepfunctions").get_execution_history(
            executionArn=execution, reverseOrder=True, maxResults=50
        )
        details = (event.get("stateEnteredEventDetails") for event in history["events"])
        return next((str(detail["name"]) for detail in details if detail), "starting")

    def training_status(self, run: str) -> str:
        """The secondary status of a run's newest training job, or nothing."""
        found = self.client("sagemaker").list_training_jobs(
            NameContains=run[-30:], SortBy="CreationTime", SortOrder="Descending"
        )
        if not found["TrainingJobSummaries"]:
            return ""
        name = found["TrainingJobSummaries"][0]["TrainingJobName"]
        job = self.client("sagemaker").describe_training_job(TrainingJobName=name)
        return str(job["SecondaryStatus"])

    def model_archive(self, package_arn: str) -> dict[str, bytes]:
        """The files of a registered model's archive, by name."""
        package = self.client("sagemaker").describe_model_package(ModelPackageName=package_arn)
        uri = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        bucket, key = parse_uri(uri)
        body = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            files = {Path(member.name).name: archive.extractfile(member) for member in archive}
            return {name: file.read() for name, file in files.items() if file}

    def metric(self, name: str, **dimensions: str) -> list[float]:
        """A metric's maxima over the last hour, oldest first."""
        now = datetime.now(UTC)
        found = self.client("cloudwatch").get_metric_statistics(
            Namespace="Tidemill",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )
        points = sorted(found["Datapoints"], key=lambda point: point["Timestamp"])
        return [float(point["Maximum"]) for point in points]

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        """Put an event on the application's bus."""
        entry = {
            "EventBusName": self.outputs["EventBus"],
            "Source": "tidemill",
            "DetailType": detail_type,
            "Detail": json.dumps({"schema_version": "1", **detail}),
        }
        self.client("events").put_events(Entries=[entry])


def wait_for[T](
    look: Callable[[], T | None], what: str, seconds: float, tick: Callable[[], None] = lambda: None
) -> T:
    """Look until there is something; JourneyError names what did not happen in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        tick()
        time.sleep(POLL_SECONDS)
    raise JourneyError(f"{what} did not happen within {seconds:.0f} s")
