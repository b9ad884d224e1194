"""A pipeline's dashboard, as its figures are defined now."""

import json
from typing import Any

from tidemill.dashboards import dashboard_name, pipeline_dashboard


def draw(pipeline: str, *, stage: str, region: str, cloudwatch: Any) -> None:  # noqa: ANN401 - a boto3 client
    """Put `Tidemill-<stage>-<pipeline>`, over what was there; drawing twice is drawing once.

    RuntimeError where CloudWatch does not understand what it was given.
    """
    name = dashboard_name(stage, pipeline)
    body = json.dumps(pipeline_dashboard(pipeline, region))
    answer = cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)
    faults = answer.get("DashboardValidationMessages")
    if faults:
        raise RuntimeError(f"dashboard {name}: {faults[0]}")
