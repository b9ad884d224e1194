"""Actions and resources as IAM names them, where ministack has other names or none."""

import json
import re
from typing import Any

from ministack.core import iam_actions

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
PERMITTED_BY = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
BODY, ACCOUNT = 3, 6  # behind method, path and headers; and behind parameters and region
DASHBOARD = re.compile(rb"DashboardName.{1,4}?(Tidemill-[A-Za-z0-9_-]+)", re.DOTALL)


def install() -> None:
    """Have batch calls asked for by what permits them, and map runs and dashboards by ARN."""
    named = iam_actions.extract_iam_action

    def extract_iam_action(*request: Any, **more: Any) -> str | None:  # noqa: ANN401
        action: str | None = named(*request, **more)
        return PERMITTED_BY.get(action, action) if action else action

    iam_actions.extract_iam_action = extract_iam_action
    resource = iam_actions.extract_resource_arn

    def extract_resource_arn(service: str, *request: Any) -> str:  # noqa: ANN401
        arn: str = resource(service, *request)
        if service == "states" and arn == "*":
            return _map_run(request[BODY]) or arn
        if service == "monitoring" and arn == "*":
            return _dashboard(request[BODY], request[ACCOUNT]) or arn
        return arn

    iam_actions.extract_resource_arn = extract_resource_arn


def _map_run(body: bytes) -> str | None:
    try:
        found: str | None = json.loads(body).get("mapRunArn")
    except (ValueError, AttributeError):
        return None
    return found


def _dashboard(body: bytes, account: str) -> str | None:
    """The dashboard that a request names, whichever of CloudWatch's protocols it is written in."""
    found = DASHBOARD.search(body)
    return f"arn:aws:cloudwatch::{account}:dashboard/{found[1].decode()}" if found else None
