"""Approvals in the SageMaker Model Registry: the port, its adapter and its fake."""

from typing import Any, Protocol

MOST_CHARACTERS = 1024


class Packages(Protocol):
    """Model packages, by their ARN."""

    def approval(self, package_arn: str) -> str:
        """`Approved`, `Rejected` or `PendingManualApproval`."""

    def decide(self, package_arn: str, approval: str, reason: str) -> None:
        """Write approval and reason; a release starts when `Approved` is new."""


class SageMakerPackages:
    """Packages of the SageMaker Model Registry."""

    def __init__(self, sagemaker: Any) -> None:  # noqa: ANN401 - a boto3 client
        self._sagemaker = sagemaker

    def approval(self, package_arn: str) -> str:
        package = self._sagemaker.describe_model_package(ModelPackageName=package_arn)
        return str(package["ModelApprovalStatus"])

    def decide(self, package_arn: str, approval: str, reason: str) -> None:
        self._sagemaker.update_model_package(
            ModelPackageArn=package_arn,
            ModelApprovalStatus=approval,
            ApprovalDescription=reason[:MOST_CHARACTERS],
        )


class InMemoryPackages:
    """Packages that remember what was decided; all are pending at first."""

    def __init__(self) -> None:
        self.decided: dict[str, tuple[str, str]] = {}

    def approval(self, package_arn: str) -> str:
        return self.decided.get(package_arn, ("PendingManualApproval", ""))[0]

    def decide(self, package_arn: str, approval: str, reason: str) -> None:
        self.decided[package_arn] = approval, reason
