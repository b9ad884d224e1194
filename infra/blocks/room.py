"""What the stack of every room has in common."""

from typing import Protocol, cast

from aws_cdk import CfnOutput, Duration, Stack, Tags
from aws_cdk import Environment as CdkEnvironment
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.settings import Environment


class Operations(Protocol):
    """What every room needs to be operated: a key for what it queues and logs, and alarms."""

    @property
    def operations_key(self) -> kms.Key:
        """Encrypts queues, alarms and logs."""

    @property
    def alarm_topic(self) -> sns.Topic:
        """Hears of every alarm."""


class Room(Stack):
    """The stack `Tidemill-<stage>-<Room>`, its costs tagged with the room's name."""

    def __init__(
        self, scope: Construct, *, environment: Environment, operations: Operations | None = None
    ) -> None:
        name = type(self).__name__
        super().__init__(
            scope,
            f"Tidemill-{environment.stage}-{name}",
            description=type(self).__doc__,
            env=CdkEnvironment(account=environment.account, region=environment.region),
            termination_protection=environment.retain,
        )
        self.name = name
        self.settings = environment
        self.alarms: list[str] = []
        self._operations = operations
        Tags.of(self).add("Room", name.lower())
        # CDK writes a function's dependency on its role twice over: W3005 is about that alone.
        self.add_metadata("cfn-lint", {"config": {"ignore_checks": ["W3005"]}})

    @staticmethod
    def of_construct(construct: Construct) -> "Room":
        """The room that the construct is in."""
        return cast("Room", Stack.of(construct))

    @property
    def operations(self) -> Operations:
        """The key and the topic; Storage makes them and has none before."""
        if self._operations is None:
            raise RuntimeError(f"{self.name} was given nothing to be operated with")
        return self._operations

    def publish(self, name: str, value: str) -> None:
        """Give the stack the output `name`: part of Tidemill's public interface."""
        CfnOutput(self, f"{name}Output", value=value).override_logical_id(name)

    def alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        *,
        above: float,
        description: str,
        lasting: bool = False,
    ) -> cloudwatch.Alarm:
        """An alarm `Tidemill-<stage>-<name>`, its end told too.

        Silence is no breach; of what is measured now and then it changes nothing (`lasting`).
        """
        missing = cloudwatch.TreatMissingData
        full_name = f"Tidemill-{self.settings.stage}-{name}"
        alarm = cloudwatch.Alarm(
            self,
            f"{name}Alarm",
            alarm_name=full_name,
            alarm_description=f"{description} See docs/operations.md#alarms.",
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=missing.IGNORE if lasting else missing.NOT_BREACHING,
        )
        self.alarms.append(full_name)
        told = actions.SnsAction(self.operations.alarm_topic)
        alarm.add_alarm_action(told)
        alarm.add_ok_action(told)  # else nobody knew that it is over
        return alarm

    def log_group(self, name: str) -> logs.LogGroup:
        """The encrypted log group `/tidemill/<stage>/<room>/<name>`."""
        environment = self.settings
        return logs.LogGroup(
            self,
            f"{name.title().replace('-', '')}Logs",
            log_group_name=f"/tidemill/{environment.stage}/{self.name.lower()}/{name}",
            retention=environment.log_retention,
            encryption_key=self.operations.operations_key,
            removal_policy=environment.removal_policy,
        )


FIVE_MINUTES = Duration.minutes(5)
