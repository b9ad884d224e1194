"""What is done by the clock: a function called at set times, and what became of failed calls."""

import json
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import acknowledge, send_messages
from infra.blocks.function import PythonFunction
from infra.blocks.queue import dead_letter_queue, delivery
from infra.blocks.room import Room

RETRIES, SIX_HOURS = 2, 21_600


class Timetable(Construct):
    """Calls a function at times in UTC; a call that failed three times waits, watched."""

    def __init__(self, scope: Construct, name: str, *, function: PythonFunction) -> None:
        super().__init__(scope, name)
        self._function = function
        self._dead_letters = dead_letter_queue(
            self,
            name,
            description=f"A call of {name} failed three times. Find the cause in the function's "
            "log, mend it, then call the function with what the message holds.",
        )
        acknowledge(
            self._dead_letters,
            "AwsSolutions-SQS3",
            "It is the dead-letter queue of a function's calls, not of another queue.",
        )
        key = Room.of_construct(self).operations.operations_key
        function.allow(*send_messages(self._dead_letters, key))
        lambda_.CfnEventInvokeConfig(
            self,
            "Failures",
            function_name=function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=RETRIES,
            maximum_event_age_in_seconds=SIX_HOURS,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=self._dead_letters.queue_arn
                )
            ),
        )

    def call(self, name: str, *, cron: str, event: dict[str, Any]) -> None:
        """Call it with this event whenever the expression says, such as `15 1 * * ? *`."""
        rule = events.CfnRule(
            self,
            name,
            schedule_expression=f"cron({cron})",
            targets=[
                events.CfnRule.TargetProperty(
                    id="Function",
                    arn=self._function.function_arn,
                    input=json.dumps(event),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=self._dead_letters.queue_arn
                    ),
                )
            ],
        )
        self._function.add_permission(
            f"{name}Rule",
            principal=iam.ServicePrincipal("events.amazonaws.com"),
            source_arn=rule.attr_arn,
        )
        self._dead_letters.add_to_resource_policy(delivery(self._dead_letters, rule.attr_arn))
