"""The training image built by CodeBuild at deployment, so that no laptop needs Docker."""

from typing import cast

from aws_cdk import Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr_assets as assets
from constructs import Construct, IConstruct
from deploy_time_build import ContainerImageBuild

from infra.blocks.access import acknowledge, wildcard_finding

LIBRARY = "The library deploy-time-build writes it so and offers no narrower choice: "


def build_in_cloud(scope: Construct, *, directory: str) -> ContainerImageBuild:
    """Build the image in the cloud; accept what the library's own roles are wide about."""
    build = ContainerImageBuild(
        scope, "Build", directory=directory, platform=assets.Platform.LINUX_AMD64
    )
    _accept_trigger(_child(scope, "DeployTimeBuildCustomResourceHandler"))
    _accept_project(_child(scope, "ContainerImageBuildAmd64"))
    return build


def _child(scope: Construct, prefix: str) -> IConstruct:
    """What the library has put into the stack, found by the beginning of its name."""
    return next(
        child for child in Stack.of(scope).node.children if child.node.id.startswith(prefix)
    )


def _accept_trigger(function: IConstruct) -> None:
    acknowledge(
        function,
        _managed("service-role/AWSLambdaBasicExecutionRole"),
        LIBRARY + "the function that starts the build may write its logs.",
    )
    acknowledge(function, "AwsSolutions-L1", LIBRARY + "it runs at deployments only.")


def _accept_project(project: IConstruct) -> None:
    stack = Stack.of(project)
    name = stack.get_logical_id(cast("codebuild.CfnProject", project.node.default_child))
    place = f"{stack.region}:{stack.account}"
    assets_bucket = f"cdk-hnb659fds-assets-{stack.account}-{stack.region}"
    resources = {
        f"arn:{stack.partition}:logs:{place}:log-group:/aws/codebuild/<{name}>:*": "its own log.",
        f"arn:{stack.partition}:codebuild:{place}:report-group/<{name}>-*": "its own reports.",
        f"arn:{stack.partition}:s3:::{assets_bucket}/*": "it reads the sources CDK has uploaded.",
        "*": "ECR's authorization token is the account's and knows no resources.",
    }
    for resource, reason in resources.items():
        acknowledge(project, wildcard_finding(stack, resource), LIBRARY + reason)
    for action in ("GetBucket*", "GetObject*", "List*"):
        reason = LIBRARY + "it reads the sources CDK has uploaded."
        acknowledge(project, f"AwsSolutions-IAM5[Action::s3:{action}]", reason)
    acknowledge(
        project,
        _managed("AmazonElasticContainerRegistryPublicReadOnly"),
        LIBRARY + "base images come from the public registry.",
    )
    acknowledge(
        project,
        "AwsSolutions-CB4",
        "The project has no artifact for a key to encrypt: its image goes to ECR.",
    )


def _managed(policy: str) -> str:
    return f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{policy}]"
