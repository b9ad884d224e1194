"""A new version of a function's code answers a share of the requests before it answers them all."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import Access
from infra.blocks.function import PythonFunction
from infra.blocks.room import Room
from infra.code_figures import CodeFigures
from tidemill.figures import MOST_FAILED


def release_name(stage: str) -> str:
    """What CodeDeploy calls the releases of the function that predicts; their events carry it."""
    return f"tidemill-{stage}-predict"


class CodeRelease(Construct):
    """CodeDeploy moves the alias of `predict`, for a share of the requests first, back on an alarm.

    All alarms but that on the API are of the newest version alone: a small share hides nothing.
    """

    def __init__(self, room: Room, *, function: PythonFunction, alias: lambda_.Alias) -> None:
        super().__init__(room, "CodeRelease")
        self._room = room
        self._figures = CodeFigures(function, alias=alias, stage=room.settings.stage)
        name = release_name(room.settings.stage)
        role = self._role(function, alias)
        group = codedeploy.LambdaDeploymentGroup(
            self,
            "Group",
            alias=alias,
            application=codedeploy.LambdaApplication(self, "Application", application_name=name),
            deployment_config=self._canary(),
            role=role.without_policy_updates(),
            alarms=self._alarms(),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )
        group.node.add_dependency(role)
        # The alarms must be of the new version before the alias begins to move.
        alias.node.add_dependency(group)

    def _canary(self) -> codedeploy.LambdaDeploymentConfig:
        settings = self._room.settings
        routing = codedeploy.TimeBasedCanaryTrafficRouting(
            percentage=settings.code_canary_percent,
            interval=Duration.minutes(settings.code_canary_minutes),
        )
        return codedeploy.LambdaDeploymentConfig(self, "Canary", traffic_routing=routing)

    def _role(self, function: PythonFunction, alias: lambda_.Alias) -> iam.Role:
        """What CodeDeploy does: moves this alias, and looks at alarms."""
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
        arn = function.function_arn
        moving = ("lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig")
        for access in (
            Access(actions=moving, resources=(arn, f"{arn}:{alias.alias_name}")),
            Access(
                actions=("cloudwatch:DescribeAlarms",),
                resources=("*",),
                reason="CloudWatch asks for every alarm whoever describes some.",
            ),
        ):
            access.give(role)
        return role

    def _alarms(self) -> list[cloudwatch.Alarm]:
        figures, alarm = self._figures, self._room.alarm
        return [
            alarm(
                "CodeErrors",
                figures.errors,
                above=MOST_FAILED,
                description="The newest version of inference/predict raises, in more than one "
                "request of a hundred. A release of it is rolled back; read its log.",
            ),
            alarm(
                "CodeFailures",
                figures.failures,
                above=MOST_FAILED,
                description="The newest version of inference/predict answers 5xx to more than one "
                "request of a hundred. A release of it is rolled back; read its log.",
            ),
            alarm(
                "CodeRefusals",
                figures.refusals,
                above=0,
                description="The newest version of inference/predict refuses requests that the "
                "one before would take. A release of it is rolled back; compare what they read.",
            ),
            alarm(
                "CodeLatency",
                figures.latency,
                above=0,
                description="The newest version of inference/predict is too slow, or three times "
                "as slow as the one before. A release of it is rolled back; profile it.",
            ),
            alarm(
                "CodeApiErrors",
                figures.api_errors,
                above=MOST_FAILED,
                description="The API answers 5xx to more than one request of a hundred. A release "
                "of code is rolled back, whoever is the cause; read the API's logs.",
            ),
        ]
