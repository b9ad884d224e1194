"""One release per approval: the execution is named by the package and the approval's event."""

from collections.abc import Mapping
from typing import Any

from tidemill.workflow import Workflow


def start(event: Mapping[str, Any], *, machine: Workflow) -> None:
    """Start the release of the package that a SageMaker state-change event approves.

    SageMaker tells of every change of a package; one that left the approval alone starts nothing.
    """
    detail = event["detail"]
    changed = detail.get("UpdatedModelPackageFields")
    if changed and "ModelApprovalStatus" not in changed:
        return
    group, version = detail["ModelPackageGroupName"], detail["ModelPackageVersion"]
    name = f"{group[:50]}-{version}-{event['id'][:8]}"
    machine.start(name, {"package_arn": detail["ModelPackageArn"], "approved_at": event["time"]})
