"""Who may do what."""

from typing import Any

from tests.infra.conftest import Assembly, listed

# Actions that AWS gives no resource to name.
WITHOUT_RESOURCES = {
    "ce:GetCostAndUsage",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "lambda:ListFunctions",
    "sagemaker:ListProcessingJobs",
    "states:ListStateMachines",
    "ecr:GetAuthorizationToken",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}
READERS = ("AdoptRole", "IngestRole", "IngestStepsRole", "ProcessingRole")
WHOLE = {"Landing": READERS, "Results": ("BatchRole", "BatchStepsRole")}
BUILDER = ("ContainerImageBuild", "DeployTimeBuild")


def own(assembly: Assembly) -> list[tuple[str, dict[str, Any]]]:
    """The statements of our own roles: those of the image's builder are its library's."""
    statements = list(assembly.statements())
    return [each for each in statements if not any(part in each[0] for part in BUILDER)]


def test_no_statement_allows_a_wildcard_action(assembly: Assembly) -> None:
    """Every action is named in full."""
    for name, statement in own(assembly):
        assert not [each for each in listed(statement["Action"]) if "*" in each], name


def test_only_actions_without_resources_are_allowed_on_all(assembly: Assembly) -> None:
    """`*` stands only where AWS knows nothing narrower."""
    for name, statement in own(assembly):
        if "*" in listed(statement["Resource"]):
            assert set(listed(statement["Action"])) <= WITHOUT_RESOURCES, name


def test_objects_are_allowed_by_prefix(assembly: Assembly) -> None:
    """Only the buckets whose keys are the users' own, landing and results, are used as a whole."""
    for name, statement in own(assembly):
        actions = listed(statement["Action"])
        if not any(each.startswith("s3:") and "Object" in each for each in actions):
            continue
        for resource in listed(statement["Resource"]):
            tail = resource["Fn::Join"][1][-1] if "Fn::Join" in resource else ""
            if tail == "/*":
                bucket = "Results" if "Results" in str(resource) else "Landing"
                assert any(role in name for role in WHOLE[bucket]), name
                assert bucket in str(resource), name


def test_every_role_is_assumed_by_one_service(assembly: Assembly) -> None:
    """No person and no other account takes a role of ours."""
    for name, role in assembly.resources("AWS::IAM::Role"):
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            assert set(statement["Principal"]) == {"Service"}, name
            assert isinstance(statement["Principal"]["Service"], str), name


def test_roles_of_jobs_are_passed_to_sagemaker_alone(assembly: Assembly) -> None:
    """A workflow cannot hand its job's role to any other service."""
    passing = [each for _, each in own(assembly) if "iam:PassRole" in listed(each["Action"])]
    condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert [each["Condition"] for each in passing] == [condition] * 2


def test_only_forgetting_erases(assembly: Assembly) -> None:
    """No other function deletes what came from people; measuring deletes what it merged itself."""
    for name, statement in own(assembly):
        if not any(each.startswith("s3:Delete") for each in listed(statement["Action"])):
            continue
        if "QualityMeasureRole" in name:
            assert all("/quality/*" in str(each) for each in listed(statement["Resource"]))
            continue
        assert "ForgetRole" in name
        assert "Landing" not in str(statement["Resource"])


def test_one_function_signs_models_and_those_that_score_can_only_verify(assembly: Assembly) -> None:
    """What answers cannot vouch for a model itself, and no other function can at all."""
    uses = {
        (name.partition("/")[2].removesuffix("DefaultPolicy").rstrip("0123456789ABCDEF"), action)
        for name, statement in own(assembly)
        for action in listed(statement["Action"])
        if "SigningKey" in str(statement["Resource"])
    }
    assert {(role.partition("Role")[0], action) for role, action in uses} == {
        ("Record", "kms:GenerateMac"),
        ("Predict", "kms:VerifyMac"),
        ("BatchBatch", "kms:VerifyMac"),
        ("BatchBatchSteps", "kms:VerifyMac"),
    }


def test_a_workflow_starts_no_other(assembly: Assembly) -> None:
    """Executions are started by functions, and by a distributed map of its own workflow."""
    for name, statement in own(assembly):
        if "states:StartExecution" in listed(statement["Action"]) and "MapRuns" in name:
            (machine,) = listed(statement["Resource"])
            assert name.partition("/")[2].partition("MapRuns")[0] in str(machine)
