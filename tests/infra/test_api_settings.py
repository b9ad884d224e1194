"""What a deployment may decide of its API, and what follows from it."""

from functools import cache
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template
from pydantic import ValidationError

from infra.inference import Inference
from infra.refusals import REFUSALS
from infra.settings import Environment
from infra.storage import Storage
from tests.infra.conftest import Assembly


@cache
def resources(**choices: str) -> dict[str, list[dict[str, Any]]]:
    """The inference room's resources by type, for a deployment that chooses so."""
    app = App()
    environment = Environment.of("dev", choices=choices)
    inference = Inference(app, storage=Storage(app, environment=environment))
    found: dict[str, list[dict[str, Any]]] = {}
    for resource in Template.from_stack(inference).to_json()["Resources"].values():
        found.setdefault(resource["Type"], []).append(resource["Properties"])
    return found


def predict(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    (function,) = (
        each
        for each in found["AWS::Lambda::Function"]
        if each.get("Description") == "inference/predict"
    )
    return function


def test_with_iam_every_caller_signs() -> None:
    """No method is open to a key alone, and none to nobody."""
    for method in resources(api_access="iam")["AWS::ApiGateway::Method"]:
        assert method["AuthorizationType"] == "AWS_IAM"
        assert not method.get("ApiKeyRequired")


def test_a_firewall_stands_before_the_api_where_it_is_asked_for() -> None:
    """With rules that block, on the stage that is served; otherwise there is none to pay for."""
    found = resources(firewall="true")
    (acl,) = found["AWS::WAFv2::WebACL"]
    assert acl["Scope"] == "REGIONAL"
    assert [rule["Name"] for rule in acl["Rules"]][-1] == "Rate"
    (association,) = found["AWS::WAFv2::WebACLAssociation"]
    assert "/stages/" in str(association["ResourceArn"])
    assert "AWS::WAFv2::WebACL" not in resources()


def test_functions_may_be_kept_ready_and_apart() -> None:
    """Provisioned concurrency is the served alias's, reserved concurrency the function's."""
    found = resources(provisioned_concurrency="2", reserved_concurrency="10")
    ready = [
        alias["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"]
        for alias in found["AWS::Lambda::Alias"]
        if "ProvisionedConcurrencyConfig" in alias
    ]
    assert ready == [2]
    assert predict(found)["ReservedConcurrentExecutions"] == 10
    assert "ReservedConcurrentExecutions" not in predict(resources())


def test_a_snapshot_is_taken_where_it_is_asked_for() -> None:
    """In production by default, elsewhere by choice."""
    assert predict(resources(snap_start="true"))["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert "SnapStart" not in predict(resources())
    assert Environment.of("prod", choices={}).snap_start


@pytest.mark.parametrize(
    "choices",
    [
        {"snap_start": "true", "provisioned_concurrency": "1"},
        {"provisioned_concurrency": "5", "reserved_concurrency": "2"},
        {"api_access": "open"},
    ],
)
def test_what_cannot_be_is_refused(choices: dict[str, str]) -> None:
    """Before anything is deployed."""
    with pytest.raises(ValidationError):
        Environment.of("dev", choices=choices)


def test_a_caller_is_bounded_by_the_settings() -> None:
    """Throttle and quota of the plan are what the deployment chose."""
    (plan,) = resources(requests_per_second="7", requests_per_day="1000")[
        "AWS::ApiGateway::UsagePlan"
    ]
    assert plan["Throttle"] == {"RateLimit": 7, "BurstLimit": 14}
    assert plan["Quota"]["Limit"] == 1000


def test_what_api_gateway_refuses_is_a_problem_too(assembly: Assembly) -> None:
    """Each with its status, as problem+json; of too many requests, with when to come back."""
    responses = {
        response["Properties"]["ResponseType"]: response["Properties"]
        for _, response in assembly.resources("AWS::ApiGateway::GatewayResponse")
    }
    assert len(responses) == len(REFUSALS)
    for kind, response in responses.items():
        header = response["ResponseParameters"]["gatewayresponse.header.Content-Type"]
        assert header == "'application/problem+json'", kind
        template = response["ResponseTemplates"]["application/json"]
        assert '"detail":' in template, kind
        if "StatusCode" in response:
            assert f'"status": {response["StatusCode"]}' in template, kind
    for kind, status in {"THROTTLED": "429", "QUOTA_EXCEEDED": "429"}.items():
        assert responses[kind]["StatusCode"] == status
        assert "gatewayresponse.header.Retry-After" in responses[kind]["ResponseParameters"]
    assert responses["INVALID_API_KEY"]["StatusCode"] == "403"
    assert responses["UNSUPPORTED_MEDIA_TYPE"]["StatusCode"] == "415"
    assert responses["INTEGRATION_TIMEOUT"]["StatusCode"] == "504"
