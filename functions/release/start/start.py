"""One release per approval: the execution is named by the package and the approval's event."""

from collections.abc import Mapping
from typing import Any

from tidemill.workflow import Workflow


def start(event: Mapping[str, Any], *, machine: Workflow) -> None:
    """Start the release of the package that a SageMaker state-change event approves."""
    detail = event["detail"]
    group, version = detail["ModelPackageGroupName"], detail["ModelPackageVersion"]
    name = f"{group[:50]}-{version}-{event['id'][:8]}"
    machine.start(name, {"package_arn": detail["ModelPackageArn"]})
