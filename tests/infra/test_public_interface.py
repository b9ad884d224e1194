"""What others build on: outputs, the API's door, names and tags."""

from collections import Counter

import pytest
from pydantic import ValidationError

from infra.settings import Environment
from tests.infra.conftest import Assembly

OUTPUTS = {
    "LandingBucket",
    "ResultsBucket",
    "ApiUrl",
    "ApiKeyId",
    "EventBus",
    "RegistryTable",
    "TrainingStateMachine",
    "ReleaseStateMachine",
    "AlarmTopic",
    "DashboardName",
    "CaptureBucket",
}
ROOMS = ("Storage", "Ingestion", "Training", "Release", "Inference", "Monitoring")


def test_every_output_exists_exactly_once(assembly: Assembly) -> None:
    """The documented outputs, and beside them only what stacks export to each other."""
    found = Counter(
        name
        for template in assembly.templates.values()
        for name in template.get("Outputs", {})
        if not name.startswith("ExportsOutput")
    )
    assert found == Counter(OUTPUTS)


def test_the_api_address_is_without_its_stage(assembly: Assembly) -> None:
    """`ApiUrl` followed by `/v1/pipelines` is a call."""
    outputs = assembly.templates[f"Tidemill-{assembly.stage}-Inference"]["Outputs"]
    assert "/v1" not in str(outputs["ApiUrl"]["Value"])
    ((_, stage),) = assembly.resources("AWS::ApiGateway::Stage")
    assert stage["Properties"]["StageName"] == "v1"


def test_there_is_one_stack_per_room(assembly: Assembly) -> None:
    """Stacks are named by stage and room."""
    assert set(assembly.templates) == {f"Tidemill-{assembly.stage}-{room}" for room in ROOMS}


def test_every_method_wants_a_key_under_a_plan_or_a_signature(assembly: Assembly) -> None:
    """No endpoint is without authentication, and no key without limits."""
    methods = list(assembly.resources("AWS::ApiGateway::Method"))
    assert methods
    for name, method in methods:
        properties = method["Properties"]
        signed = properties["AuthorizationType"] == "AWS_IAM"
        assert signed != properties.get("ApiKeyRequired", False), name
        assert "RequestValidatorId" in properties, name
    ((_, plan),) = assembly.resources("AWS::ApiGateway::UsagePlan")
    assert plan["Properties"]["Quota"]["Limit"] > 0
    assert plan["Properties"]["Throttle"]["RateLimit"] > 0


def test_what_operators_ask_for_is_signed(assembly: Assembly) -> None:
    """An API key alone forgets nobody: those routes want AWS credentials."""
    resources = dict(assembly.resources("AWS::ApiGateway::Resource"))
    signed = [
        resources[f"{name.partition('/')[0]}/{method['Properties']['ResourceId']['Ref']}"]
        for name, method in assembly.resources("AWS::ApiGateway::Method")
        if method["Properties"]["AuthorizationType"] == "AWS_IAM"
    ]
    parts = {resource["Properties"]["PathPart"] for resource in signed}
    assert parts == {"approve", "forget", "{request_id}", "reject", "retrain", "rollback"}


def test_every_cost_can_be_told_apart(assembly: Assembly) -> None:
    """What can be tagged carries the application, the stage and the room."""
    for stack, template in assembly.templates.items():
        for name, resource in template["Resources"].items():
            tags = resource["Properties"].get("Tags") if "Properties" in resource else None
            if not isinstance(tags, list):
                continue
            found = {tag["Key"]: tag["Value"] for tag in tags}
            assert found["Application"] == "tidemill", f"{stack}/{name}"
            assert found["Stage"] == assembly.stage, f"{stack}/{name}"
            assert found["Room"] == stack.rpartition("-")[2].lower(), f"{stack}/{name}"


def test_a_workflow_is_in_the_template_as_it_is_in_its_file(assembly: Assembly) -> None:
    """Every name a workflow leaves open is filled in."""
    machines = list(assembly.resources("AWS::StepFunctions::StateMachine"))
    assert len(machines) == 4
    for name, machine in machines:
        definition = str(machine["Properties"]["DefinitionString"])
        for variable in machine["Properties"]["DefinitionSubstitutions"]:
            definition = definition.replace(f"${{{variable}}}", "")
        assert "${" not in definition, name
        assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}, name


def test_what_the_local_cloud_lacks_is_left_out_there_alone(
    assemblies: dict[str, Assembly],
) -> None:
    """Budgets, event archives and custom resources are AWS's; all else is the same app."""
    lacking = {"AWS::Budgets::Budget", "AWS::Events::Archive"}

    def types(stage: str) -> set[str]:
        return {resource["Type"] for _, resource in assemblies[stage].resources()}

    assert not lacking & types("local")
    assert not [kind for kind in types("local") if kind.startswith("Custom::")]
    assert lacking <= types("dev")
    assert lacking <= types("prod")


def test_an_unknown_stage_is_refused() -> None:
    """A misspelt stage deploys nothing."""
    with pytest.raises(ValidationError, match="stage"):
        Environment.of("production", choices={})


def test_a_deployment_decides_how_the_image_is_built() -> None:
    """`-c training_image=docker` is one of the few choices beside the stage."""
    chosen = Environment.of("dev", choices={"training_image": "docker", "unrelated": 1})
    assert chosen.training_image == "docker"
