"""`make destroy`: empty a stage's buckets, which CloudFormation will not delete otherwise.

The dashboards of pipelines go too: no stack knows of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3

from infra.settings import Environment
from tidemill.dashboards import dashboard_name

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_s3.client import S3Client


def main(stage: str) -> int:
    """Ask, then delete every version of every object of the stage; retained data are refused."""
    if Environment.of(stage, choices={}).retain:
        sys.stderr.write(f"Stage {stage} keeps its data: empty its buckets by hand, if you must.\n")
        return 1
    names = list(buckets(boto3.client("cloudformation"), stage))
    sys.stdout.write(f"This deletes every object in {len(names)} buckets of stage {stage}.\n")
    if input(f"Type {stage} to go on: ") != stage:
        return 1
    for name in names:
        empty(boto3.client("s3"), name)
    forget_dashboards(boto3.client("cloudwatch"), stage)
    return 0


def buckets(cloudformation: CloudFormationClient, stage: str) -> Iterator[str]:
    """The names of the buckets in the stage's stacks."""
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if not stack["StackName"].startswith(f"Tidemill-{stage}-"):
                continue
            found = cloudformation.describe_stack_resources(StackName=stack["StackName"])
            for resource in found["StackResources"]:
                if resource["ResourceType"] == "AWS::S3::Bucket":
                    yield resource["PhysicalResourceId"]


def empty(s3: S3Client, bucket: str) -> None:
    """Delete every version and every delete marker."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
        if objects:
            kept = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})  # type: ignore[typeddict-item]
            if kept.get("Errors"):
                raise RuntimeError(f"{bucket} was not emptied: {kept['Errors'][0]}")


def forget_dashboards(cloudwatch: Any, stage: str) -> None:  # noqa: ANN401 - boto3's
    """Delete the dashboards of the stage's pipelines."""
    pages = cloudwatch.get_paginator("list_dashboards").paginate(
        DashboardNamePrefix=dashboard_name(stage, "")
    )
    for page in pages:
        names = [entry["DashboardName"] for entry in page["DashboardEntries"]]
        if names:
            cloudwatch.delete_dashboards(DashboardNames=names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
