"""Emptying a stage's buckets before its stacks go."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from infra import empty

TEMPLATE = {"Resources": {"Data": {"Type": "AWS::S3::Bucket"}}}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


def stack(name: str) -> str:
    """A stack with one bucket that holds an object in two versions and a deleted one."""
    body = json.dumps(TEMPLATE)
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=body)
    (bucket,) = empty.buckets(boto3.client("cloudformation"), name.split("-")[1])
    s3 = boto3.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for text in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="kept", Body=text)
    s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="gone")
    return bucket


def versions(bucket: str) -> int:
    found = boto3.client("s3").list_object_versions(Bucket=bucket)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def test_a_stage_is_emptied_when_its_name_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every version goes, of this stage's buckets alone."""
    ours, theirs = stack("Tidemill-dev-Storage"), stack("Tidemill-other-Storage")
    monkeypatch.setattr("builtins.input", lambda _: "dev")
    assert empty.main("dev") == 0
    assert (versions(ours), versions(theirs)) == (0, 4)


@pytest.mark.parametrize(("stage", "typed"), [("dev", "yes"), ("prod", "prod")])
def test_nothing_is_deleted_otherwise(
    monkeypatch: pytest.MonkeyPatch, stage: str, typed: str
) -> None:
    """Another answer, or a stage that keeps its data, leaves all as it is."""
    bucket = stack(f"Tidemill-{stage}-Storage")
    monkeypatch.setattr("builtins.input", lambda _: typed)
    assert empty.main(stage) == 1
    assert versions(bucket) == 4


def test_dashboards_of_pipelines_go_with_their_stage() -> None:
    """No stack knows of them; those of other stages stay."""
    cloudwatch = boto3.client("cloudwatch")
    for name in ("Tidemill-dev-abalone", "Tidemill-prod-abalone", "Tidemill-dev"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": []}))
    empty.forget_dashboards(cloudwatch, "dev")
    left = cloudwatch.list_dashboards()["DashboardEntries"]
    assert {entry["DashboardName"] for entry in left} == {"Tidemill-dev", "Tidemill-prod-abalone"}
