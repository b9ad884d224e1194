"""Work that waits: a queue, what falls into it, and who works it off."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.blocks.room import FIVE_MINUTES, Room

ATTEMPTS = 4


class WorkQueue(Construct):
    """An encrypted queue whose messages, after four failures, wait in a watched second one."""

    def __init__(self, scope: Construct, name: str, *, worker_timeout: Duration) -> None:
        super().__init__(scope, name)
        self.dead_letters = dead_letter_queue(
            self,
            name,
            description=f"Work of {name} failed {ATTEMPTS} times or could not be delivered. "
            "Find the cause in the function's log, mend it, then redrive the dead-letter queue.",
        )
        self.queue = encrypted_queue(
            self,
            "Queue",
            visibility_timeout=Duration.seconds(6 * worker_timeout.to_seconds()),
            retention_period=Duration.days(4),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=ATTEMPTS
            ),
        )

    def receive(self, name: str, *, pattern: dict[str, Any], bus: str | None = None) -> None:
        """Let the events of a rule fall into the queue; `bus` is the default one when absent."""
        rule = events.CfnRule(
            self,
            name,
            event_bus_name=bus,
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="Queue",
                    arn=self.queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=self.dead_letters.queue_arn
                    ),
                )
            ],
        )
        for queue in (self.queue, self.dead_letters):
            queue.add_to_resource_policy(delivery(queue, rule.attr_arn))

    def feed(
        self,
        function: lambda_.Function,
        *,
        batch_size: int = 1,
        window: Duration | None = None,
        max_concurrency: int | None = None,
    ) -> None:
        """Have the function work the queue off, message by message accounted for."""
        function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                batch_size=batch_size,
                max_batching_window=window,
                max_concurrency=max_concurrency,
                report_batch_item_failures=True,
            )
        )


def encrypted_queue(scope: Construct, name: str, **properties: Any) -> sqs.Queue:  # noqa: ANN401 - sqs.Queue's own
    """A queue under the stage's key, reached over TLS alone."""
    room = Room.of_construct(scope)
    return sqs.Queue(
        scope,
        name,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=room.operations.operations_key,
        data_key_reuse=Duration.hours(1),
        enforce_ssl=True,
        removal_policy=room.settings.removal_policy,
        **properties,
    )


def dead_letter_queue(scope: Construct, name: str, *, description: str) -> sqs.Queue:
    """Where work of `name` waits that failed, for two weeks, with an alarm on it."""
    queue = encrypted_queue(scope, "DeadLetters", retention_period=Duration.days(14))
    Room.of_construct(scope).alarm(
        f"{name}DeadLetters",
        queue.metric_approximate_number_of_messages_visible(
            period=FIVE_MINUTES, statistic="Maximum"
        ),
        above=0,
        description=description,
    )
    return queue


def delivery(queue: sqs.Queue, source: str, *, service: str = "events") -> iam.PolicyStatement:
    """That a service may send to the queue, for one rule or topic of ours."""
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": source}},
    )
