"""Actions as IAM names them, where ministack asks for the API's own name."""

from typing import Any

from ministack.core import iam_actions

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
PERMITTED_BY = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}


def install() -> None:
    """Have batch calls asked for under the action that permits them."""
    named = iam_actions.extract_iam_action

    def extract_iam_action(*request: Any, **more: Any) -> str | None:  # noqa: ANN401
        action: str | None = named(*request, **more)
        return PERMITTED_BY.get(action, action) if action else action

    iam_actions.extract_iam_action = extract_iam_action
