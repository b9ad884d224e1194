# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

CODE = """
import json, os, sys, time

class OddError(Exception):
    pass

def handler(event, context):
    if "import" in event:
        return __import__(event["import"]).__name__
    if "raise" in event:
        raise OddError(event["raise"])
    if "lines" in event:
        for number in range(event["lines"]):
            print("line", number)
        return None
    if "bucket" in event:
        import boto3
        return boto3.client("s3").list_objects_v2(Bucket=event["bucket"])["KeyCount"]
    if "emf" in event:
        print(json.dumps(event["emf"]))
        return None
    return {
        "env": dict(os.environ), "path": sys.path, "name": context.function_name,
        "left": context.get_remaining_time_in_millis(), "pid": os.getpid(),
    }
"""


def package(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def probe(here: Any) -> str:
    client = here.client("lambda")
    role = here.allow("probe", "arn:aws:s3:::allowed-bucket", "arn:aws:s3:::allowed-bucket/*")
    layer = client.publish_layer_version(
        LayerName="given", Content={"ZipFile": package({"python/given.py": "VALUE = 1"})}
    )
    client.create_function(
        FunctionName="probe",
        Runtime="python3.13",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": package({"handler.py": CODE})},
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"GIVEN": "yes"}},
        Timeout=5,
    )
    return "probe"


def invoke(here: Any, name: str, event: dict[str, Any]) -> dict[str, Any]:
    answer = here.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return {"error": answer.get("FunctionError"), "payload": json.load(answer["Payload"])}


@pytest.mark.parametrize(
    "module", ["moto", "ministack", "yaml", "pytest", "rich", "local", "tidemill"]
)
def test_a_function_does_not_see_this_machines_packages(here: Any, probe: str, module: str) -> None:
    """What Lambda does not have fails to import here too."""
    answer = invoke(here, probe, {"import": module})
    assert answer["error"] == "Unhandled"
    assert answer["payload"]["errorType"] == "ModuleNotFoundError"


@pytest.mark.parametrize("module", ["boto3", "given", "json"])
def test_a_function_sees_boto3_and_its_layers(here: Any, probe: str, module: str) -> None:
    """boto3, the layers and the standard library are there."""
    assert invoke(here, probe, {"import": module}) == {"error": None, "payload": module}


def test_a_function_gets_lambdas_environment_only(here: Any, probe: str) -> None:
    """Its own variables, Lambda's, the cloud's address; nothing of the user or the server."""
    seen = invoke(here, probe, {})["payload"]
    env = seen["env"]
    assert env["GIVEN"] == "yes"
    assert env["AWS_ENDPOINT_URL"] == here.cloud.endpoint
    assert env["AWS_LAMBDA_FUNCTION_NAME"] == seen["name"] == "probe"
    assert not {"HOME", "TIDEMILL_LOCAL", "GATEWAY_PORT", "VIRTUAL_ENV"} & set(env)
    assert 4000 < seen["left"] <= 5000


def test_an_exception_keeps_its_name_and_the_environment_lives_on(here: Any, probe: str) -> None:
    """errorType is the class's name, as a workflow's ErrorEquals needs it; the process stays."""
    before = invoke(here, probe, {})["payload"]["pid"]
    answer = invoke(here, probe, {"raise": "odd"})
    assert answer["payload"]["errorType"] == "OddError"
    assert answer["payload"]["errorMessage"] == "odd"
    assert "handler.py" in answer["payload"]["stackTrace"][0]
    assert invoke(here, probe, {})["payload"]["pid"] == before


def test_a_function_that_cannot_be_loaded_says_why(here: Any) -> None:
    """An import error at load time is named, not hidden behind a start-up failure."""
    here.client("lambda").create_function(
        FunctionName="broken",
        Runtime="python3.13",
        Role=here.allow("broken", "*"),
        Handler="handler.handler",
        Code={"ZipFile": package({"handler.py": "import not_there"})},
    )
    payload = invoke(here, "broken", {})["payload"]
    assert payload["errorType"] == "ModuleNotFoundError"
    assert "not_there" in payload["errorMessage"]


def test_every_line_of_a_log_is_kept(here: Any, probe: str) -> None:
    """However fast they come, all lines are in the log of their own invocation."""
    invoke(here, probe, {"lines": 3000})
    pages = here.client("logs").get_paginator("filter_log_events")
    found = [
        event["message"]
        for page in pages.paginate(logGroupName="/aws/lambda/probe", filterPattern="line")
        for event in page["events"]
    ]
    assert [m for m in found if m.startswith("line ")] == [f"line {n}" for n in range(3000)]


def test_embedded_metrics_become_metrics(here: Any, probe: str) -> None:
    """An EMF line is counted in every dimension set it names, with all its values."""
    moment = datetime.now(UTC)
    line = {
        "_aws": {
            "Timestamp": int(moment.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Tidemill",
                    "Dimensions": [["Pipeline"], ["Pipeline", "Variant"]],
                    "Metrics": [{"Name": "PredictionLatency", "Unit": "Milliseconds"}],
                }
            ],
        },
        "Pipeline": "abalone",
        "Variant": "champion",
        "PredictionLatency": [1.0, 2.0, 9.0],
    }
    invoke(here, probe, {"emf": line})
    for names in (["Pipeline"], ["Pipeline", "Variant"]):
        points = here.client("cloudwatch").get_metric_statistics(
            Namespace="Tidemill",
            MetricName="PredictionLatency",
            Dimensions=[{"Name": name, "Value": line[name]} for name in names],
            StartTime=moment - timedelta(minutes=5),
            EndTime=moment + timedelta(minutes=5),
            Period=600,
            Statistics=["SampleCount", "Sum", "Maximum"],
        )["Datapoints"]
        assert [(p["SampleCount"], p["Sum"], p["Maximum"], p["Unit"]) for p in points] == [
            (3.0, 12.0, 9.0, "Milliseconds")
        ]


def test_a_function_may_do_what_its_role_may(here: Any, probe: str) -> None:
    """Policies are enforced: a denied call is an AccessDenied in the function, as on AWS."""
    for bucket in ("allowed-bucket", "denied-bucket"):
        here.client("s3").create_bucket(Bucket=bucket)
    assert invoke(here, probe, {"bucket": "allowed-bucket"})["payload"] == 0
    answer = invoke(here, probe, {"bucket": "denied-bucket"})["payload"]
    assert "not authorized to perform: s3:ListBucket" in answer["errorMessage"]
