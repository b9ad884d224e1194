"""An alias moves to another version as CodeDeploy moves it on AWS, and back."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.local.conftest import Here, policy

GOOD = "def handler(event, context):\n    return {}\n"
WORSE = "def handler(event, context):\n    raise RuntimeError('no')\n"
PATIENCE = 90


def template(role: str, version: int, code: str, name: str) -> dict[str, Any]:
    """A function, its alias, and what moves it: two requests in five, longer where it is bad."""
    published = f"Version{version}"
    number = {"Fn::GetAtt": [published, "Version"]}
    dimensions = {
        "FunctionName": {"Ref": "Function"},
        "Resource": {"Fn::Sub": "${Function}:live"},
        "ExecutedVersion": number,
    }
    return {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name,
                "Code": {"ZipFile": code},
                "Handler": "index.handler",
                "Runtime": "python3.13",
                "Role": role,
            },
        },
        published: {
            "Type": "AWS::Lambda::Version",
            "Properties": {"FunctionName": {"Ref": "Function"}},
        },
        "Errors": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": f"{name}-errors",
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
                "Statistic": "Average",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 0.01,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
            },
        },
        "Application": {
            "Type": "AWS::CodeDeploy::Application",
            "Properties": {"ApplicationName": name, "ComputePlatform": "Lambda"},
        },
        "Canary": {
            "Type": "AWS::CodeDeploy::DeploymentConfig",
            "Properties": {
                "TrafficRoutingConfig": {
                    "Type": "TimeBasedCanary",
                    "TimeBasedCanary": {
                        "CanaryInterval": 1 if code.startswith(GOOD) else 20,
                        "CanaryPercentage": 40,
                    },
                }
            },
        },
        "Group": {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": {"Ref": "Application"},
                "DeploymentConfigName": {"Ref": "Canary"},
                "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": {"Ref": "Errors"}}]},
            },
        },
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "DependsOn": ["Group"],
            "UpdatePolicy": {
                "CodeDeployLambdaAliasUpdate": {
                    "ApplicationName": {"Ref": "Application"},
                    "DeploymentGroupName": {"Ref": "Group"},
                }
            },
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "FunctionVersion": number,
                "Name": "live",
            },
        },
    }


@dataclass(frozen=True)
class Released:
    """A function that serves, and what releases of it tell."""

    here: Here
    name: str
    role: str
    queue: str

    def release(self, version: int, code: str) -> tuple[str, list[Any]]:
        """Deploy a version and call the alias meanwhile: how it ended, and weights there were."""
        made = template(self.role, version, code, self.name)
        self.here.deploy(self.name, made, wait=False)
        weights = []
        end = time.monotonic() + PATIENCE
        while (status := self.here.stack(self.name)).endswith("IN_PROGRESS"):
            assert time.monotonic() < end, status
            weights.append(self.alias().get("RoutingConfig"))
            self.call()
        return status, weights

    def call(self) -> str:
        """The version that answers."""
        invoked = self.here.client("lambda").invoke(FunctionName=self.name, Qualifier="live")
        return str(invoked["ExecutedVersion"])

    def alias(self) -> dict[str, Any]:
        found: dict[str, Any] = self.here.client("lambda").get_alias(
            FunctionName=self.name, Name="live"
        )
        return found

    def states(self) -> list[str]:
        """What was told of releases, in order."""
        sqs, told = self.here.client("sqs"), []
        while received := sqs.receive_message(QueueUrl=self.queue, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            for message in received:
                detail = json.loads(message["Body"])["detail"]
                assert detail["application"] == self.name
                told.append(detail["state"])
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return told


@pytest.fixture
def released(here: Here, request: pytest.FixtureRequest) -> Iterator[Released]:
    """Version 1 serves."""
    name = request.node.name.removeprefix("test_")[:40].replace("_", "-")
    role = here.allow(name, "arn:aws:s3:::nothing")
    sqs, events = here.client("sqs"), here.client("events")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    sent = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(sent)})
    pattern = {"source": ["aws.codedeploy"], "detail": {"application": [name]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    here.deploy(name, template(role, 1, GOOD, name))
    serving = Released(here, name, role, queue)
    assert serving.call() == "1"
    yield serving
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)


def test_good_code_is_tried_and_then_answers_all(released: Released) -> None:
    """Of the first deployment of all there is nothing to try."""
    assert released.states() == []
    status, weights = released.release(2, GOOD + "# mended\n")
    assert status == "UPDATE_COMPLETE"
    assert {"AdditionalVersionWeights": {"2": 0.4}} in weights
    assert {released.call() for _ in range(20)} == {"2"}
    assert "RoutingConfig" not in released.alias()
    assert released.states() == ["START", "SUCCESS"]


def test_code_that_raises_is_taken_back(released: Released) -> None:
    """At the alarm, not at the end; the stack is as it was, and it is told."""
    status, weights = released.release(2, WORSE)
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert {"AdditionalVersionWeights": {"2": 0.4}} in weights
    assert {released.call() for _ in range(20)} == {"1"}
    assert "RoutingConfig" not in released.alias()
    assert released.states() == ["START", "STOP"]


def test_after_a_bad_release_comes_a_good_one(released: Released) -> None:
    """The alarm is of the newest version, which has not failed yet."""
    assert released.release(2, WORSE)[0] == "UPDATE_ROLLBACK_COMPLETE"
    status, _ = released.release(3, GOOD + "# at last\n")
    assert status == "UPDATE_COMPLETE"
    assert len({released.call() for _ in range(20)}) == 1


def test_weights_are_kept_without_a_release_too(released: Released) -> None:
    """Whoever sets them; a version that is asked for by number answers alone."""
    functions = released.here.client("lambda")
    functions.update_function_configuration(FunctionName=released.name, Description="another")
    functions.get_waiter("function_updated_v2").wait(FunctionName=released.name)
    number = functions.publish_version(FunctionName=released.name)["Version"]
    weights = {"AdditionalVersionWeights": {number: 0.5}}
    functions.update_alias(FunctionName=released.name, Name="live", RoutingConfig=weights)
    assert {released.call() for _ in range(40)} == {"1", number}
    invoked = functions.invoke(FunctionName=released.name, Qualifier="1")
    assert invoked["ExecutedVersion"] == "1"
