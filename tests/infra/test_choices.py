"""A deployment that takes tokens, or has an endpoint, keeps every promise of the others."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks
from pydantic import ValidationError

from infra.blocks.layers import built
from infra.inference import Inference
from infra.settings import Environment
from infra.storage import Storage
from tests.infra.conftest import HIDDEN, ROOT, Assembly, listed
from tests.infra.test_functions import code_of, layers_of, python_functions, verb_of
from tests.infra.test_least_privilege import WITHOUT_RESOURCES, own
from tidemill.authorize_settings import allowance

TOKENS = {
    "api_access": "jwt",
    "jwt_issuer": "https://id.example/",
    "jwt_audience": "tidemill",
    "jwt_clients": "app-1, app-2",
}
CHOICES: dict[str, dict[str, str]] = {
    "tokens and instances": {**TOKENS, "endpoint": "ml.m5.large", "endpoint_instances": "2"},
    "signatures and a serverless endpoint": {"api_access": "iam", "endpoint": "serverless"},
}


type Make = Callable[[str], Assembly]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """The inference room of a choice, synthesised once under cdk-nag."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]

    @cache
    def made(name: str) -> Assembly:
        folder = tmp_path_factory.mktemp("choices")
        app = App(context=context, outdir=str(folder))
        environment = Environment.of("dev", choices=CHOICES[name])
        Inference(app, storage=Storage(app, environment=environment))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        app.synth()
        return Assembly("dev", folder)

    with pytest.MonkeyPatch.context() as patch:
        for name in (*HIDDEN, "CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        yield made


@pytest.fixture(params=CHOICES)
def chosen(request: pytest.FixtureRequest, make: Make) -> Assembly:
    return make(request.param)


@pytest.fixture
def with_tokens(make: Make) -> Assembly:
    return make("tokens and instances")


@pytest.fixture
def serverless(make: Make) -> Assembly:
    return make("signatures and a serverless endpoint")


def only(assembly: Assembly, kind: str) -> dict[str, Any]:
    ((_, resource),) = assembly.resources(kind)
    properties: dict[str, Any] = resource["Properties"]
    return properties


def methods(assembly: Assembly, verb: str | None = None) -> list[dict[str, Any]]:
    found = [each["Properties"] for _, each in assembly.resources("AWS::ApiGateway::Method")]
    return [each for each in found if verb is None or verb in str(each["Integration"]["Uri"])]


def test_nothing_is_found_against_it(chosen: Assembly) -> None:
    """By cdk-nag, whose report is there, and by cfn-lint."""
    report = json.loads((chosen.folder / "validation-report.json").read_text())
    assert [each for each in report["pluginReports"] if each.get("violations")] == []
    linter = Path(sys.executable).with_name("cfn-lint")
    templates = list(chosen.folder.glob("*.template.json"))
    assert len(templates) == 2
    done = subprocess.run(  # noqa: S603 - programs of our own
        [linter, *templates], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_nobody_is_allowed_more(chosen: Assembly) -> None:
    """Actions are named in full, and stand on all resources only where AWS knows none."""
    for name, statement in own(chosen):
        actions = listed(statement["Action"])
        assert not [each for each in actions if "*" in each], name
        if "*" in listed(statement["Resource"]):
            assert set(actions) <= WITHOUT_RESOURCES, name


def test_every_caller_shows_a_token(with_tokens: Assembly) -> None:
    """Where operators sign; the token's client decides under whose limits it asks."""
    for method in methods(with_tokens):
        if method["AuthorizationType"] == "AWS_IAM":
            assert "inference" not in str(method.get("AuthorizerId"))
            assert "RequestFunction" in str(method["Integration"]["Uri"])
            continue
        assert method["AuthorizationType"] == "CUSTOM"
        assert method["ApiKeyRequired"] is True
        assert "AuthorizerId" in method
    assert only(with_tokens, "AWS::ApiGateway::RestApi")["ApiKeySourceType"] == "AUTHORIZER"


def test_an_answer_about_a_token_is_kept_for_a_minute(with_tokens: Assembly) -> None:
    """No longer: a token may be taken so much longer than it is valid. Nonsense asks nobody."""
    authorizer = only(with_tokens, "AWS::ApiGateway::Authorizer")
    assert authorizer["Type"] == "TOKEN"
    assert authorizer["AuthorizerResultTtlInSeconds"] == 60
    assert authorizer["IdentitySource"] == "method.request.header.Authorization"
    assert "[-" in authorizer["IdentityValidationExpression"]


def test_each_client_has_a_key_of_its_own(with_tokens: Assembly) -> None:
    """And those that are not listed have one together; each is under the plan's limits."""
    keys = dict(with_tokens.resources("AWS::ApiGateway::ApiKey"))
    values = {key["Properties"]["Value"] for key in keys.values()}
    assert values == {allowance("dev", client) for client in ("", "app-1", "app-2")}
    assert len(list(with_tokens.resources("AWS::ApiGateway::UsagePlanKey"))) == len(keys)


def test_who_tells_tokens_apart_may_do_nothing_else(with_tokens: Assembly) -> None:
    """It logs; and as it raises to refuse, it is the API's 5xx that tell of its failures."""
    for name, statement in with_tokens.statements():
        if "AuthorizeRole" in name:
            services = {action.partition(":")[0] for action in listed(statement["Action"])}
            assert services <= {"logs", "xray"}
    names = [
        alarm["Properties"]["AlarmName"]
        for _, alarm in with_tokens.resources("AWS::CloudWatch::Alarm")
    ]
    assert "Tidemill-dev-ApiErrors" in names
    assert "Tidemill-dev-InferenceAuthorizeErrors" not in names


def test_who_tells_tokens_apart_imports_what_it_is_given(
    with_tokens: Assembly, tmp_path: Path
) -> None:
    """With its code and its two layers alone, and without an SDK."""
    if sys.platform != "linux":
        pytest.skip("layers are for Linux")
    (function,) = (
        each for _, each in python_functions(with_tokens) if verb_of(each) == "inference/authorize"
    )
    assert {*layers_of(function)} == {"inference", "access"}
    architecture = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    for name in layers_of(function):
        with zipfile.ZipFile(built(name, architecture)) as layer:
            layer.extractall(tmp_path)
    paths = [str(tmp_path / "python"), str(code_of(with_tokens, function))]
    program = (
        f"import sys; sys.path[:0] = {paths!r}; import inference.authorize.handler\n"
        "print({'boto3', 'pydantic'} & {*sys.modules})"
    )
    done = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "set()", done.stderr


def test_predictions_go_to_the_endpoint(chosen: Assembly) -> None:
    """By a role that may ask it and nothing else; all other routes are functions still."""
    (method,) = methods(chosen, "runtime.sagemaker")
    assert "/endpoints/tidemill-dev/invocations" in str(method["Integration"]["Uri"])
    assert method["Integration"]["PassthroughBehavior"] == "NEVER"
    assert not methods(chosen, "PredictFunction")
    statements = [each for name, each in chosen.statements() if "CallerRole" in name]
    assert [each["Action"] for each in statements] == ["sagemaker:InvokeEndpoint"]
    assert str(statements[0]["Resource"]).endswith(":endpoint/tidemill-dev']]}")


def test_a_server_is_told_what_the_function_is(chosen: Assembly) -> None:
    """The same registry, captures and signing key: a promotion changes nothing of it."""
    environment = only(chosen, "AWS::SageMaker::Model")["PrimaryContainer"]["Environment"]
    (function,) = (
        each["Properties"]
        for _, each in chosen.resources("AWS::Lambda::Function")
        if each["Properties"].get("Description") == "inference/predict"
    )
    told = {
        name: value
        for name, value in function["Environment"]["Variables"].items()
        if name.startswith("TIDEMILL_")
    }
    assert told.items() <= environment.items()
    assert environment["TIDEMILL_HOST"] == "0.0.0.0"  # noqa: S104 - of the container


def test_instances_follow_the_work(with_tokens: Assembly) -> None:
    """Between the least and the most that were chosen; an update keeps as many as there are."""
    (variant,) = only(with_tokens, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.m5.large", 2)
    target = only(with_tokens, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 4)
    assert target["ResourceId"] == f"endpoint/tidemill-dev/variant/{variant['VariantName']}"
    assert only(with_tokens, "AWS::SageMaker::Endpoint")["RetainAllVariantProperties"] is True


def test_a_serverless_endpoint_has_no_instances(serverless: Assembly) -> None:
    """And nothing that would follow them."""
    (variant,) = only(serverless, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["ServerlessConfig"]["MaxConcurrency"] > 0
    assert "InstanceType" not in variant
    assert not list(serverless.resources("AWS::ApplicationAutoScaling::ScalableTarget"))


def test_by_default_there_is_neither() -> None:
    """An endpoint is paid for by the hour, and nobody issues tokens yet."""
    for stage in ("local", "dev", "prod"):
        environment = Environment.of(stage, choices={})
        assert (environment.endpoint, environment.api_access) == ("none", "key")


@pytest.mark.parametrize(
    ("stage", "choices", "says"),
    [
        ("dev", {"api_access": "jwt"}, "jwt_issuer"),
        ("dev", {**TOKENS, "jwt_issuer": "http://id.example"}, "jwt_issuer"),
        ("dev", {**TOKENS, "jwt_issuer": "https://"}, "jwt_issuer"),
        ("dev", {**TOKENS, "jwt_audience": ""}, "jwt_audience"),
        ("dev", {"endpoint": "m5.large"}, "endpoint"),
        ("dev", {"endpoint": "ml.c6g.large"}, "arm64"),
        ("dev", {"endpoint": "ml.g4dn.xlarge"}, "accelerator"),
        ("dev", {"endpoint": "ml.m5.large", "endpoint_instances": "9"}, "endpoint_most_instances"),
        ("local", {"endpoint": "serverless"}, "python -m inference.endpoint"),
    ],
)
def test_what_cannot_be_is_refused(stage: str, choices: dict[str, str], says: str) -> None:
    """Before anything is deployed, with what to do instead."""
    with pytest.raises(ValidationError, match=says):
        Environment.of(stage, choices=choices)
