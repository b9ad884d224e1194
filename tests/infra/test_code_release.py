"""How a new version of the code that predicts comes into service."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from infra.settings import Environment
from tests.infra.conftest import Assembly, listed

CODE = {"CodeErrors", "CodeFailures", "CodeRefusals", "CodeLatency", "CodeApiErrors"}


@pytest.fixture
def prod(assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies["prod"]


def only(assembly: Assembly, kind: str) -> tuple[str, dict[str, Any]]:
    """The one resource of a kind."""
    ((name, resource),) = assembly.resources(kind)
    return name.partition("/")[2], resource


def alarms(assembly: Assembly) -> dict[str, tuple[str, dict[str, Any]]]:
    """Alarms about code: logical id and properties, by the name they share in all stages."""
    found = {
        resource["Properties"]["AlarmName"].rpartition("-")[2]: (name.partition("/")[2], resource)
        for name, resource in assembly.resources("AWS::CloudWatch::Alarm")
    }
    return {
        name: (place, found[name][1]["Properties"])
        for name, (place, _) in found.items()
        if name in CODE
    }


def metrics(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """What an alarm looks at, whether it is one metric or an expression of some."""
    if "Metrics" not in alarm:
        return [alarm]
    return [m["MetricStat"]["Metric"] for m in alarm["Metrics"] if "MetricStat" in m]


def newest(assembly: Assembly) -> tuple[str, dict[str, Any]]:
    """The alias that answers predictions, and the version it is to call."""
    ((name, alias),) = (
        (name.partition("/")[2], alias)
        for name, alias in assembly.resources("AWS::Lambda::Alias")
        if "/Predict" in name
    )
    return name, alias


def test_production_alone_tries_code_on_a_share(assemblies: dict[str, Assembly]) -> None:
    """Elsewhere a deployment waits for nothing, and what it would be tried on is not there."""
    for stage, count in (("local", 0), ("dev", 0), ("prod", 1)):
        found = list(assemblies[stage].resources("AWS::CodeDeploy::DeploymentGroup"))
        assert len(found) == count
        assert len(alarms(assemblies[stage])) == count * len(CODE)


def test_a_tenth_is_tried_for_ten_minutes(prod: Assembly) -> None:
    """And the rest follows at once."""
    _, config = only(prod, "AWS::CodeDeploy::DeploymentConfig")
    assert config["Properties"]["TrafficRoutingConfig"] == {
        "Type": "TimeBasedCanary",
        "TimeBasedCanary": {"CanaryInterval": 10, "CanaryPercentage": 10},
    }


def test_every_alarm_about_code_takes_it_back(prod: Assembly) -> None:
    """And so does a release that fails for another reason, or is stopped."""
    _, group = only(prod, "AWS::CodeDeploy::DeploymentGroup")
    said = group["Properties"]
    assert {each["Name"]["Ref"] for each in said["AlarmConfiguration"]["Alarms"]} == {
        place for place, _ in alarms(prod).values()
    }
    assert said["AlarmConfiguration"]["Enabled"]
    assert set(said["AutoRollbackConfiguration"]["Events"]) == {
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_REQUEST",
        "DEPLOYMENT_STOP_ON_ALARM",
    }


def test_alarms_about_code_are_of_the_newest_version_alone(prod: Assembly) -> None:
    """A tenth of the requests hides nothing: each but that on the API reads what is its own."""
    _, alias = newest(prod)
    version = alias["Properties"]["FunctionVersion"]
    for name, (_, alarm) in alarms(prod).items():
        read = [
            dimension["Value"]
            for metric in metrics(alarm)
            for dimension in metric["Dimensions"]
            if dimension["Name"] in {"ExecutedVersion", "Version"}
        ]
        assert all(value == version for value in read), name
        assert bool(read) is (name != "CodeApiErrors"), name


def test_the_alarms_are_there_before_the_alias_moves(prod: Assembly) -> None:
    """By references alone, so that there is no circle: alias, group, alarms, version."""
    _, alias = newest(prod)
    place, group = only(prod, "AWS::CodeDeploy::DeploymentGroup")
    policy = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert policy["DeploymentGroupName"] == {"Ref": place}
    assert place in alias["DependsOn"]
    assert any("Policy" in name for name in group["DependsOn"])


def test_codedeploy_moves_this_alias_and_nothing_else(prod: Assembly) -> None:
    """No policy of AWS's own, which would let it read buckets and move any function."""
    roles = {
        name.partition("/")[2]: role["Properties"]
        for name, role in prod.resources("AWS::IAM::Role")
        if "codedeploy.amazonaws.com" in json.dumps(role)
    }
    ((name, role),) = roles.items()
    assert "ManagedPolicyArns" not in role
    given = {
        action: statement
        for owner, statement in prod.statements()
        if f"/{name[:15]}" in owner
        for action in listed(statement["Action"])
    }
    assert set(given) == {
        "cloudwatch:DescribeAlarms",
        "lambda:GetAlias",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:UpdateAlias",
    }
    assert "Predict" in json.dumps(given["lambda:UpdateAlias"]["Resource"])
    assert given["lambda:UpdateAlias"]["Resource"] != "*"


def test_who_is_told_is_told_of_releases_that_were_taken_back(prod: Assembly) -> None:
    """The rule listens for the very application that there is."""
    _, application = only(prod, "AWS::CodeDeploy::Application")
    (heard,) = (
        rule["Properties"]["EventPattern"]["detail"]
        for _, rule in prod.resources("AWS::Events::Rule")
        if "aws.codedeploy" in str(rule["Properties"].get("EventPattern"))
    )
    assert heard["application"] == [application["Properties"]["ApplicationName"]]
    assert set(heard["state"]) == {"FAILURE", "STOP"}


@pytest.mark.parametrize("wrong", [{"code_canary_percent": "50"}, {"code_canary_minutes": "0"}])
def test_what_is_no_canary_is_refused(wrong: dict[str, str]) -> None:
    """Half of the requests is no small share, and medians are compared with the rest's."""
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Environment.of("prod", choices=wrong)
