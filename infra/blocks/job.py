"""What a SageMaker job may do, and what a workflow needs to run one and wait for it."""

from typing import Literal

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.blocks.access import Access
from infra.blocks.job_image import JobImage
from infra.blocks.room import Room

type Kind = Literal["Training", "Processing"]
LOGS = {
    "Training": "/aws/sagemaker/TrainingJobs",
    "Processing": "/aws/sagemaker/ProcessingJobs",
    "Endpoint": "/aws/sagemaker/Endpoints",
}


class JobRole(iam.Role):
    """The role of jobs of one kind, or of an endpoint: it logs, counts and pulls its image."""

    def __init__(
        self, scope: Construct, *, kind: Kind | Literal["Endpoint"], image: JobImage
    ) -> None:
        super().__init__(
            scope,
            f"{kind}Role",
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            ),
            description=f"{kind} jobs of Tidemill",
        )
        group = LOGS[kind]
        streams = f"{group}/*" if kind == "Endpoint" else group
        self.allow(self._logs(streams), _metrics(group), *image.pull())

    def allow(self, *accesses: Access) -> None:
        """Give the role these permissions."""
        for access in accesses:
            access.give(self)

    def _logs(self, group: str) -> Access:
        streams = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{group}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return Access(
            actions=(
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ),
            resources=(streams,),
            reason="SageMaker names the log streams; the group is fixed.",
        )


def run_jobs(room: Room, *, kind: Kind, role: iam.IRole) -> tuple[Access, ...]:
    """What a workflow needs for `create<Kind>Job.sync` of jobs under the stage's prefix."""
    rule = f"StepFunctionsGetEventsForSageMaker{kind}JobsRule"
    # Step Functions tags what it starts for itself, and reads the tags of what it waits for.
    verbs = (f"Create{kind}Job", f"Describe{kind}Job", f"Stop{kind}Job", "AddTags", "ListTags")
    return (
        of_stage(room, (f"{kind.lower()}-job",), *(f"sagemaker:{verb}" for verb in verbs)),
        Access(
            actions=("iam:PassRole",),
            resources=(role.role_arn,),
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        Access(
            actions=("events:PutTargets", "events:PutRule", "events:DescribeRule"),
            resources=(room.format_arn(service="events", resource="rule", resource_name=rule),),
        ),
    )


def of_stage(room: Room, kinds: tuple[str, ...], *actions: str) -> Access:
    """Actions on what SageMaker has under the stage's prefix."""
    prefix = f"tidemill-{room.settings.stage}-*"
    arns = [
        room.format_arn(service="sagemaker", resource=kind, resource_name=prefix) for kind in kinds
    ]
    reason = "Jobs and model packages are named by run and pipeline; the prefix is the stage's."
    return Access(actions=actions, resources=tuple(arns), reason=reason)


def _metrics(namespace: str) -> Access:
    return Access(
        actions=("cloudwatch:PutMetricData",),
        resources=("*",),
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        reason="PutMetricData knows no resources; the condition bounds the namespace.",
    )
