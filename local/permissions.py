"""Actions as IAM names them, where ministack asks for the API's own name."""

import json
from typing import Any

from ministack.core import iam_actions

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
PERMITTED_BY = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
BODY = 3  # behind method, path and headers


def install() -> None:
    """Have batch calls asked for under the action that permits them, and map runs by their ARN."""
    named = iam_actions.extract_iam_action

    def extract_iam_action(*request: Any, **more: Any) -> str | None:  # noqa: ANN401
        action: str | None = named(*request, **more)
        return PERMITTED_BY.get(action, action) if action else action

    iam_actions.extract_iam_action = extract_iam_action
    resource = iam_actions.extract_resource_arn

    def extract_resource_arn(service: str, *request: Any) -> str:  # noqa: ANN401
        arn: str = resource(service, *request)
        return _map_run(request[BODY]) or arn if service == "states" and arn == "*" else arn

    iam_actions.extract_resource_arn = extract_resource_arn


def _map_run(body: bytes) -> str | None:
    try:
        found: str | None = json.loads(body).get("mapRunArn")
    except (ValueError, AttributeError):
        return None
    return found
