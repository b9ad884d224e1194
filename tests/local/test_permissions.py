"""Policies that name what they allow are enforced by that name."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Here, policy


def test_dashboards_are_allowed_by_name(here: Here) -> None:
    """A role for some may put those, and no others."""
    iam = here.client("iam")
    account = {"AWS": "arn:aws:iam::000000000000:root"}
    trust = {"Effect": "Allow", "Principal": account, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName="draws", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    allowed = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutDashboard",
        "Resource": "arn:aws:cloudwatch::000000000000:dashboard/Tidemill-tests-*",
    }
    iam.put_role_policy(RoleName="draws", PolicyName="own", PolicyDocument=policy(allowed))
    keys = here.client("sts").assume_role(RoleArn=arn, RoleSessionName="draws")["Credentials"]
    cloudwatch = boto3.client(
        "cloudwatch",
        region_name="us-east-1",
        endpoint_url=here.cloud.endpoint,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    body = json.dumps({"widgets": []})
    cloudwatch.put_dashboard(DashboardName="Tidemill-tests-abalone", DashboardBody=body)
    with pytest.raises(ClientError, match="AccessDenied"):
        cloudwatch.put_dashboard(DashboardName="Tidemill-other", DashboardBody=body)
    here.client("cloudwatch").delete_dashboards(DashboardNames=["Tidemill-tests-abalone"])
