"""What a training job may do, and what it takes to run one."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.blocks.access import Access, read_objects, write_objects
from infra.blocks.room import Room
from infra.storage import Storage
from infra.training_image import TrainingImage

NAMED_LATER = "Jobs and model packages are named by run and pipeline; the prefix is the stage's."
LOGS = "/aws/sagemaker/TrainingJobs"


class TrainingRole(iam.Role):
    """The role a training job runs under: datasets in, checkpoints and models out, nothing else."""

    def __init__(self, scope: Construct, *, storage: Storage, image: TrainingImage) -> None:
        super().__init__(
            scope,
            "TrainingRole",
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            ),
            description="Training jobs of Tidemill",
        )
        accesses = (
            *read_objects(storage.data, self, "datasets/"),
            *read_objects(storage.models, self, "jobs/", "models/"),
            *write_objects(storage.models, self, "jobs/"),
            Access(actions=("kms:Encrypt",), resources=(storage.data_key.key_arn,)),
            self._logs(),
            _metrics(),
            *image.pull(),
        )
        for access in accesses:
            access.give(self)

    def _logs(self) -> Access:
        group = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{LOGS}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return Access(
            actions=(
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ),
            resources=(group,),
            reason="SageMaker names the log streams; the group is fixed.",
        )


def run_training_jobs(room: Room, *, job_role: iam.IRole) -> tuple[Access, ...]:
    """What the workflow needs for `createTrainingJob.sync` and for registering the model."""
    rule = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    return (
        _on(
            room,
            ("training-job",),
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            "sagemaker:AddTags",
        ),
        _on(
            room,
            ("model-package-group", "model-package"),
            "sagemaker:CreateModelPackageGroup",
            "sagemaker:CreateModelPackage",
            "sagemaker:UpdateModelPackage",
        ),
        Access(
            actions=("iam:PassRole",),
            resources=(job_role.role_arn,),
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        Access(
            actions=("events:PutTargets", "events:PutRule", "events:DescribeRule"),
            resources=(room.format_arn(service="events", resource="rule", resource_name=rule),),
        ),
    )


def _on(room: Room, kinds: tuple[str, ...], *actions: str) -> Access:
    """Actions on what SageMaker has under the stage's prefix."""
    prefix = f"tidemill-{room.settings.stage}-*"
    arns = [
        room.format_arn(service="sagemaker", resource=kind, resource_name=prefix) for kind in kinds
    ]
    return Access(actions=actions, resources=tuple(arns), reason=NAMED_LATER)


def _metrics() -> Access:
    return Access(
        actions=("cloudwatch:PutMetricData",),
        resources=("*",),
        conditions={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}},
        reason="PutMetricData knows no resources; the condition bounds the namespace.",
    )
