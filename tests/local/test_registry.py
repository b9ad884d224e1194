# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def group(here: Any) -> str:
    here.client("sagemaker").create_model_package_group(ModelPackageGroupName="abalone")
    return "abalone"


def create(here: Any, group: str, **more: Any) -> str:
    answer = here.client("sagemaker").create_model_package(
        ModelPackageGroupName=group, ModelApprovalStatus="PendingManualApproval", **more
    )
    return str(answer["ModelPackageArn"])


def test_an_update_keeps_what_it_does_not_name(here: Any, group: str) -> None:
    """Approving a package merges its properties and leaves the rest alone."""
    arn = create(here, group, CustomerMetadataProperties={"run": "r1", "old": "x"})
    sagemaker = here.client("sagemaker")
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good"
    )
    sagemaker.update_model_package(
        ModelPackageArn=arn,
        CustomerMetadataProperties={"champion": "yes"},
        CustomerMetadataPropertiesToRemove=["old"],
    )
    package = sagemaker.describe_model_package(ModelPackageName=arn)
    assert package["ModelApprovalStatus"] == "Approved"
    assert package["ApprovalDescription"] == "good"
    assert package["CustomerMetadataProperties"] == {"run": "r1", "champion": "yes"}


def test_a_client_token_makes_one_package(here: Any, group: str) -> None:
    """A retried registration is the same version, not a new one."""
    token = "a" * 36
    first = create(here, group, ClientToken=token)
    assert create(here, group, ClientToken=token) == first
    assert create(here, group) != first


def test_a_group_is_made_once(here: Any, group: str) -> None:
    """Creating it again is refused and its versions stay."""
    with pytest.raises(ClientError, match="already exists"):
        here.client("sagemaker").create_model_package_group(ModelPackageGroupName=group)
    create(here, group)
    found = here.client("sagemaker").list_model_packages(ModelPackageGroupName=group)
    assert found["ModelPackageSummaryList"]


def test_what_is_not_emulated_says_so(here: Any) -> None:
    """An operation nobody emulates is refused by name, never silently accepted."""
    with pytest.raises(ClientError, match="ListApps is not emulated"):
        here.client("sagemaker").list_apps()
