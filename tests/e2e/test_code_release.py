"""Code that fails is taken back by itself, and code that does not comes into service."""

import io
import json
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from bench.registered import Shelf
from local.cloud import Cloud
from local.journey import Journey, wait_for
from local.toolchain import free_port
from tests.e2e.plant import Line
from tidemill.contract import parse_contract
from tidemill.costs import STAGE
from tidemill.registry import Registry

pytestmark = pytest.mark.e2e

NAME, STACK = "released", "Tidemill-local-Inference"
CONTRACT = f"""
pipeline: {NAME}
target: rings
task: regression
sources: {{rows: {{columns: {{length: {{type: float, nullable: false}}, rings: {{type: float}}}}}}}}
"""
HANDLER = "inference/predict/handler.py"
BEGINS = "        document = answering.answer("
RAISES = f"        1 / 0\n{BEGINS}"
FAILS = f'        raise TidemillError("broken")\n{BEGINS}'
PATIENCE = 180


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """A cloud whose code is tried on a third of the requests, for two minutes of ten seconds."""
    cloud = Cloud(free_port(), tmp_path_factory.mktemp("cloud"))
    cloud.start(replace(cloud.settings(), minute_seconds=10.0))
    try:
        cloud.deploy(code_release="canary", code_canary_percent="33", code_canary_minutes="2")
        with Journey(cloud.describe()) as journey:
            yield journey
    finally:
        cloud.stop()


@dataclass(frozen=True)
class Deployer:
    """Changes the code that predicts, as a deployment does: other code, hence another version."""

    journey: Journey
    registry: Registry

    def incidents(self) -> list[str]:
        """What people were told of code."""
        told = self.registry.incidents(STAGE)
        return [incident.kind for incident in told if incident.kind.startswith("Code")]

    def deploy(self, mark: str, *change: str) -> str:
        """Give the stack's status once the deployment is over."""
        cloudformation = self.journey.client("cloudformation")
        body = cloudformation.get_template(StackName=STACK)["TemplateBody"]
        template = body if isinstance(body, dict) else json.loads(body)
        function = template["Resources"][self._named(template, "AWS::Lambda::Function")]
        place = function["Properties"]["Code"]
        bucket, key = self._resolved(place["S3Bucket"]), place["S3Key"]
        place["S3Key"] = self._changed(bucket, key, mark, *change)
        version = self._named(template, "AWS::Lambda::Version")
        text = json.dumps(template).replace(version, f"{version[:-8]}{mark:0>8}")
        s3 = self.journey.client("s3")
        s3.put_object(Bucket=bucket, Key=f"{mark}.json", Body=text.encode())
        cloudformation.update_stack(
            StackName=STACK,
            TemplateURL=f"{self.journey.cloud['endpoint']}/{bucket}/{mark}.json",
            Capabilities=["CAPABILITY_IAM"],
        )
        return wait_for(self._status, f"the deployment of {mark}", PATIENCE)

    def _named(self, template: dict[str, Any], kind: str) -> str:
        (name,) = (
            name
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind and name.startswith("PredictFunction")
        )
        return str(name)

    def _resolved(self, bucket: Any) -> str:  # noqa: ANN401 - text, or a function of CloudFormation
        if isinstance(bucket, str):
            return bucket
        account = {"${AWS::AccountId}": "000000000000", "${AWS::Region}": "us-east-1"}
        text: str = bucket["Fn::Sub"]
        for parameter, value in account.items():
            text = text.replace(parameter, value)
        return text

    def _changed(self, bucket: str, key: str, mark: str, *change: str) -> str:
        """The archive with another handler, without what was compiled of the one before."""
        s3, changed = self.journey.client("s3"), io.BytesIO()
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(body)) as given, zipfile.ZipFile(changed, "w") as made:
            for name in given.namelist():
                content = given.read(name)
                if name == HANDLER:
                    content = content.decode().replace(*change).encode() if change else content
                    content += f"# {mark}\n".encode()
                if "/handler.cpython" not in name:
                    made.writestr(name, content)
        s3.put_object(Bucket=bucket, Key=f"{mark}.zip", Body=changed.getvalue())
        return f"{mark}.zip"

    def _status(self) -> str | None:
        described = self.journey.client("cloudformation").describe_stacks(StackName=STACK)
        status = str(described["Stacks"][0]["StackStatus"])
        return None if status.endswith("IN_PROGRESS") else status


@pytest.fixture(scope="module")
def deployer(journey: Journey) -> Deployer:
    """With a model that serves."""
    shelf = Shelf(journey, parse_contract(CONTRACT))
    shelf.register(1, Line().artifact(NAME))
    shelf.registry.promote(NAME, 1, "approved")
    journey.predict(NAME, [{"length": 1.0}])
    return Deployer(journey, shelf.registry)


@contextmanager
def asking(journey: Journey) -> Iterator[Counter[int]]:
    """Somebody who asks all the time; what they were answered, by status."""
    over, answers = threading.Event(), Counter[int]()
    body = {"instances": [{"length": 1.0}]}
    headers = {"x-api-key": journey.cloud["api_key"]}
    address = f"{journey.cloud['api_url']}/v1/pipelines/{NAME}/predictions"

    def ask() -> None:
        with httpx.Client(headers=headers, timeout=60) as client:
            while not over.wait(0.05):
                answers[client.post(address, json=body).status_code] += 1

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield answers
    finally:
        over.set()
        asker.join()


def live(journey: Journey) -> dict[str, Any]:
    """The alias that answers predictions."""
    functions = journey.client("lambda")
    (name,) = (
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if function.get("Description") == "inference/predict"
    )
    found: dict[str, Any] = functions.get_alias(FunctionName=name, Name="live")
    return found


@pytest.mark.parametrize(
    ("mark", "change", "alarm"),
    [("raises", RAISES, "CodeErrors"), ("fails", FAILS, "CodeFailures")],
    ids=["raises", "fails"],
)
def test_code_that_fails_is_taken_back(
    deployer: Deployer, mark: str, change: str, alarm: str
) -> None:
    """Whether it raises or answers 500: the version before answers its share, and all after.

    It is one incident, whatever alarms there were.
    """
    journey = deployer.journey
    before, told, began = live(journey), len(deployer.incidents()), time.monotonic()
    with asking(journey) as answers:
        assert deployer.deploy(mark, BEGINS, change) == "UPDATE_ROLLBACK_COMPLETE"
    print(  # noqa: T201 - how long it took is a result
        f"{mark}: taken back {time.monotonic() - began:.0f} s after it was deployed, "
        f"answers by status: {dict(answers)}"
    )
    assert answers.total() > answers[200] > 0
    after = live(journey)
    assert (after["FunctionVersion"], "RoutingConfig" in after) == (
        before["FunctionVersion"],
        False,
    )
    for _ in range(20):
        journey.predict(NAME, [{"length": 1.0}])
    found = journey.client("cloudwatch").describe_alarm_history(
        AlarmName=f"Tidemill-local-{alarm}", HistoryItemType="StateUpdate"
    )
    assert any("to ALARM" in item["HistorySummary"] for item in found["AlarmHistoryItems"])
    wait_for(lambda: len(deployer.incidents()) > told, "an incident", PATIENCE)
    assert len(deployer.incidents()) == told + 1
    assert all(kind.startswith("CodeReleaseRolledBack#") for kind in deployer.incidents())


def test_code_that_does_not_fail_comes_into_service(deployer: Deployer) -> None:
    """Nobody notices: each request is answered, before, while and after it is tried."""
    journey = deployer.journey
    before = live(journey)
    with asking(journey) as answers:
        assert deployer.deploy("mended") == "UPDATE_COMPLETE"
    assert set(answers) == {200}
    after = live(journey)
    assert int(after["FunctionVersion"]) > int(before["FunctionVersion"])
    assert "RoutingConfig" not in after
