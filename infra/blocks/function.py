"""The Lambda function of one verb."""

from collections.abc import Sequence

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import Access, acknowledge
from infra.blocks.code import code_of
from infra.blocks.room import FIVE_MINUTES, Room
from tidemill.plain_settings import PlainSettings
from tidemill.settings import Settings


class PythonFunction(lambda_.Function):
    """`functions/<room>/<verb>`: its own role, log group, trace and alarm on errors.

    `entry` is the module whose `handler` is called: a verb may have more than one function. One
    that `refuses` raises where nothing has failed, so it has no such alarm.
    """

    def __init__(  # noqa: PLR0913 - a function is its settings, layers and limits
        self,
        scope: Construct,
        verb: str,
        *,
        settings: Settings | PlainSettings,
        layers: Sequence[lambda_.ILayerVersion],
        entry: str = "handler",
        timeout: Duration | None = None,
        memory_mb: int = 512,
        scratch: Size | None = None,
        snap_start: bool = False,
        reserved: int | None = None,
        refuses: bool = False,
    ) -> None:
        room = Room.of_construct(scope)
        folder = room.name.lower()
        name = verb if entry == "handler" else f"{verb}-{entry}"
        title = name.title().replace("-", "")
        path = f"{folder}/{name}"
        self._logs = room.log_group(name)
        super().__init__(
            scope,
            f"{title}Function",
            description=path,
            code=code_of(folder, verb),
            handler=f"{folder}.{verb}.{entry}.handler",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=room.settings.lambda_architecture,
            role=_role(scope, f"{title}Role"),
            layers=list(layers),
            environment={"POWERTOOLS_LOG_LEVEL": "INFO", **settings.to_env()},
            timeout=timeout or Duration.minutes(1),
            memory_size=memory_mb,
            ephemeral_storage_size=scratch,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            log_group=self._logs,
            reserved_concurrent_executions=reserved,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
        )
        self._accept_findings()
        self._allow_logging()
        if not refuses:
            self._raise_alarm(f"{room.name}{title}Errors", path)

    def allow(self, *accesses: Access) -> None:
        """Give the function's role these permissions."""
        for access in accesses:
            access.give(self.own_role)

    def _allow_logging(self) -> None:
        writing = ("logs:CreateLogStream", "logs:PutLogEvents")
        self.allow(Access(actions=writing, resources=(self._logs.log_group_arn,)))

    def _raise_alarm(self, name: str, path: str) -> None:
        Room.of_construct(self).alarm(
            name,
            self.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            description=f"{path} raised. Read its log group {self._logs.log_group_name}, "
            "mend the cause, then redrive what its dead-letter queue holds.",
        )

    def _accept_findings(self) -> None:
        acknowledge(
            self,
            "@aws-cdk/aws-lambda:snapStartRequirePublish",
            "Versions are published: what has a snapshot is served through the alias `live`.",
        )
        acknowledge(
            self,
            "AwsSolutions-L1",
            "Python 3.13 is the one version of functions, training and development; a model's "
            "artifact is checked under it.",
        )
        acknowledge(
            self.own_role,
            "AwsSolutions-IAM5[Resource::*]",
            "X-Ray's PutTraceSegments and PutTelemetryRecords know no resources.",
        )

    @property
    def own_role(self) -> iam.IRole:
        """The role that is this function's alone."""
        if self.role is None:
            raise RuntimeError(f"{self.node.path} has no role")
        return self.role


def _role(scope: Construct, name: str) -> iam.Role:
    return iam.Role(scope, name, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
