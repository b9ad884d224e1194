import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local.deploy import Deployment
from local.errors import DeployError

# Stands in for Node and the CDK: writes down how it was called, and does as FAKE_CDK says.
NODE = """#!{python}
import json, os, sys, time
command = sys.argv[2]
with open({calls!r}, "a") as file:
    call = {{"argv": sys.argv[2:], "cwd": os.getcwd(), "env": dict(os.environ)}}
    print(json.dumps(call), file=file)
wish = json.loads(os.environ.get("FAKE_CDK", "{{}}")).get(command, "")
if wish == "hang":
    time.sleep(60)
if wish:
    print("some words"); print("Tidemill-local-Storage failed: " + wish); print("more words")
    sys.exit(1)
print("Tidemill-local-Storage |  3/7 | 10:00:00 AM | CREATE_COMPLETE | AWS::S3::Bucket | B")
"""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    root = tmp_path / "root"
    node = root / ".venv" / "bin" / "node"
    cdk = root / "node_modules" / "aws-cdk" / "bin" / "cdk"
    for file in (node, cdk):
        file.parent.mkdir(parents=True)
    cdk.touch()
    node.write_text(NODE.format(python=sys.executable, calls=str(tmp_path / "calls")))
    node.chmod(0o755)
    (tmp_path / "state").mkdir()
    return Deployment(root, tmp_path / "state", "http://127.0.0.1:1")


def calls(tmp_path: Path) -> dict[str, dict[str, object]]:
    lines = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
    return {each["argv"][0]: each for each in lines}


def test_what_a_deployment_decides_is_synthesised(deployment: Deployment, tmp_path: Path) -> None:
    """As on AWS, by the context of the CDK."""
    replace(deployment, choices={"code_release": "canary"})(lambda _: None)
    assert "--context=code_release=canary" in calls(tmp_path)["synth"]["argv"]


def test_what_is_synthesised_is_what_is_deployed(deployment: Deployment, tmp_path: Path) -> None:
    """One synthesis; its assembly is deployed whole, without a question; progress is told."""
    told: list[str] = []
    deployment(told.append)
    seen = calls(tmp_path)
    assert set(seen) == {"synth", "bootstrap", "deploy"}
    assembly = str(tmp_path / "state" / "cdk.out")
    assert assembly in seen["synth"]["argv"]
    assert {"--all", "--app", assembly, "never"} <= set(seen["deploy"]["argv"])
    assert seen["bootstrap"]["cwd"] != str(deployment.root)
    assert [each for each in told if " " not in each] == ["synthesise", "bootstrap", "deploy"]
    assert "Tidemill-local-Storage 3/7" in told


def test_the_users_own_aws_is_out_of_reach(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No profile and no key of the user's is passed on: a mistake cannot deploy to real AWS."""
    monkeypatch.setenv("AWS_PROFILE", "company")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    deployment(lambda _: None)
    for call in calls(tmp_path).values():
        env = call["env"]
        assert isinstance(env, dict)
        assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(env)
        assert env["AWS_ENDPOINT_URL"] == env["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:1"
        assert env["AWS_ACCESS_KEY_ID"] == "test"
        assert env["TIDEMILL_STAGE"] == "local"


@pytest.mark.parametrize("step", ["synth", "bootstrap", "deploy"])
def test_a_failure_says_which_step_and_why(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The lines that tell are in the sentence, with the log that has all of them."""
    monkeypatch.setenv("FAKE_CDK", json.dumps({step: "no such thing"}))
    with pytest.raises(DeployError, match=f"Could not {step[:5]}") as caught:
        deployment(lambda _: None)
    assert "failed: no such thing" in str(caught.value)
    assert "some words" not in str(caught.value)
    assert "deploy.log" in str(caught.value)


def test_an_interrupt_ends_every_command(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs at the time, bootstrapping included, is killed at once."""
    monkeypatch.setenv("FAKE_CDK", json.dumps({"bootstrap": "hang"}))

    def interrupted(step: str) -> None:
        if step == "bootstrap":
            raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        deployment(interrupted)
    assert time.monotonic() - begun < 20
    running = subprocess.run(
        ["/bin/ps", "-eo", "args"], capture_output=True, text=True, check=False
    ).stdout
    assert os.fspath(deployment.root) not in running
