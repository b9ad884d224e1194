"""What SageMaker ran: processing jobs, and an endpoint."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from monitoring.bill.calendar import hours_within
from monitoring.bill.meter import Meter
from monitoring.bill.usage import Usage
from tidemill.pricing import hosting_price, hourly_price

LONGEST_JOB = timedelta(days=5)


def of_processing(client: Any, stage: str, region: str, day: date) -> Iterator[Usage]:  # noqa: ANN401
    """The hours of the stage's processing jobs in the day, at what training costs there.

    AWS asks the same for both: https://aws.amazon.com/sagemaker/ai/pricing/. A job says by its
    tags `Pipeline` and `Room` what it was for; without a room, it sorted a drop.
    """
    start = datetime.combine(day, time(), UTC)
    pages = client.get_paginator("list_processing_jobs").paginate(
        NameContains=f"tidemill-{stage}-",
        CreationTimeAfter=start - LONGEST_JOB,
        CreationTimeBefore=start + timedelta(days=1),
    )
    for page in pages:
        for summary in page["ProcessingJobSummaries"]:
            name = summary["ProcessingJobName"]
            job = client.describe_processing_job(ProcessingJobName=name)
            if "ProcessingStartTime" not in job:
                continue
            hours = _hours(day, job["ProcessingStartTime"], job.get("ProcessingEndTime"))
            tags = _tags(client, summary["ProcessingJobArn"])
            cluster = job["ProcessingResources"]["ClusterConfig"]
            yield Usage(
                room=tags.get("Room", "ingestion"),
                unit=f"{cluster['InstanceType']} hour",
                resource="processing jobs",
                quantity=hours * cluster["InstanceCount"],
                pipeline=tags.get("Pipeline"),
                by="rows",
                usd_each=hourly_price(cluster["InstanceType"], region),
            )


@dataclass(frozen=True)
class Endpoint:
    """What answers beside the function: instances of a type, or `serverless` with so many GB."""

    name: str
    instance: str
    serverless_gb: float = 0

    def of_day(
        self,
        client: Any,  # noqa: ANN401 - a boto3 client
        meter: Meter,
        region: str,
        day: date,
    ) -> Iterator[Usage]:
        """Hours of as many instances as there are now, or GB-seconds of its model at work."""
        if self.instance == "serverless":
            found = meter.subjects("AWS/SageMaker", "ModelLatency")
            ours = [each for each in found if each.dimensions.get("EndpointName") == self.name]
            seconds = sum(meter.read(ours, day)) / 1e6
            yield self._used("sagemaker_serverless_gb_second", seconds * self.serverless_gb)
            return
        found = client.describe_endpoint(EndpointName=self.name)
        count = sum(each.get("CurrentInstanceCount", 0) for each in found["ProductionVariants"])
        hours = _hours(day, found["CreationTime"], None)
        usd = hosting_price(self.instance, region)
        yield self._used(f"{self.instance} hour", hours * count, usd)

    def _used(self, unit: str, quantity: float, usd_each: float | None = None) -> Usage:
        return Usage(
            room="inference",
            unit=unit,
            resource=self.name,
            quantity=quantity,
            by="predictions",
            answering=usd_each is None,
            usd_each=usd_each,
        )


def _hours(day: date, start: datetime, end: datetime | None) -> float:
    return hours_within(day, start, end, datetime.now(UTC))


def _tags(client: Any, arn: str) -> dict[str, str]:  # noqa: ANN401 - a boto3 client
    found = client.list_tags(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}
