"""Instances that SageMaker ran by the hour: processing jobs, and endpoints."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from monitoring.bill.calendar import hours_within
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


def of_endpoints(client: Any, stage: str, region: str, day: date) -> Iterator[Usage]:  # noqa: ANN401
    """The hours of the instances that stand behind the stage's endpoints now."""
    pages = client.get_paginator("list_endpoints").paginate(NameContains=f"tidemill-{stage}-")
    for page in pages:
        for summary in page["Endpoints"]:
            endpoint = client.describe_endpoint(EndpointName=summary["EndpointName"])
            hours = _hours(day, endpoint["CreationTime"], None)
            tags = _tags(client, endpoint["EndpointArn"])
            for instance, count in _variants(client, endpoint):
                yield Usage(
                    room="inference",
                    unit=f"{instance} hour",
                    resource=summary["EndpointName"],
                    quantity=hours * count,
                    pipeline=tags.get("Pipeline"),
                    by="predictions",
                    usd_each=hosting_price(instance, region),
                )


def _variants(client: Any, endpoint: Mapping[str, Any]) -> Iterator[tuple[str, int]]:  # noqa: ANN401
    """Instance type and count of each variant that has instances."""
    counts = {
        variant["VariantName"]: variant.get("CurrentInstanceCount", 0)
        for variant in endpoint.get("ProductionVariants", [])
    }
    config = client.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    for variant in config["ProductionVariants"]:
        if "InstanceType" in variant:
            initial = variant.get("InitialInstanceCount", 1)
            yield variant["InstanceType"], counts.get(variant["VariantName"]) or initial


def _hours(day: date, start: datetime, end: datetime | None) -> float:
    return hours_within(day, start, end, datetime.now(UTC))


def _tags(client: Any, arn: str) -> dict[str, str]:  # noqa: ANN401 - a boto3 client
    found = client.list_tags(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}
