# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import commands as command_line
from local.cloud import ROOT, Cloud
from local.errors import (
    AlreadyRunningError,
    MissingToolError,
    NoDiskError,
    NotUpError,
    PortInUseError,
    ServerError,
)
from local.record import ServerRecord
from local.settings import ServerSettings
from local.toolchain import Toolchain, free_port

type SettingsOf = Callable[[Cloud], ServerSettings]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(free_port(), tmp_path)
    yield cloud
    if (tmp_path / "cloud.pid").exists():
        cloud.stop()


def alive(pid: int) -> bool:
    return ServerRecord(pid, 0).is_server()


def processes_below(folder: Path) -> list[str]:
    """Command lines of processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def test_a_cloud_comes_up_and_goes_without_a_trace(
    cloud: Cloud, settings_of: SettingsOf, tmp_path: Path
) -> None:
    """After `stop` no file is left but the logs, and a moment later no process."""
    cloud.start(settings_of(cloud))
    assert Cloud.running(tmp_path).is_up()
    pid = json.loads((tmp_path / "cloud.pid").read_text())["pid"]
    cloud.stop()
    assert not alive(pid)
    assert {each.name for each in tmp_path.iterdir()} == {"logs"}
    deadline = time.monotonic() + 10
    while processes_below(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_below(tmp_path) == []


def test_killing_the_server_ends_running_jobs(
    here: Any, cloud: Cloud, settings_of: SettingsOf, tmp_path: Path
) -> None:
    """Even SIGKILL leaves no training process and no scratch files behind."""
    other = type(here)(cloud)
    cloud.start(settings_of(cloud))
    other.client("s3").create_bucket(Bucket="tests-local")
    other.allow("training", "*")
    other.client("s3").put_object(Bucket="tests-local", Key="in/train/rows.csv", Body=b"1\n")
    request = other.request("orphan", {"steps": "100000", "stubborn": "1"})
    other.client("sagemaker").create_training_job(**request)
    other.training("orphan")
    os.kill(json.loads((tmp_path / "cloud.pid").read_text())["pid"], signal.SIGKILL)
    end = time.monotonic() + 5
    while list(tmp_path.glob("run-*")) and time.monotonic() < end:
        time.sleep(0.05)
    assert list(tmp_path.glob("run-*")) == []
    assert not cloud.is_up()


def test_the_server_listens_on_loopback_only(here: Any) -> None:
    """No other machine can reach the local cloud."""
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    port = f":{here.cloud.port:04X}"
    addresses = {
        row.split()[1].split(":")[0]
        for row in listening
        if row.split()[1].endswith(port) and row.split()[3] == "0A"
    }
    assert addresses == {"0100007F"}


def test_the_description_says_all_a_client_needs(here: Any) -> None:
    """cloud.json has every public key; without an API its address and key are null."""
    document = here.cloud.describe()
    assert document == json.loads(here.cloud.description_file.read_text())
    assert set(document) == {
        *("endpoint", "region", "account", "access_key", "secret_key"),
        *("api_url", "api_key", "outputs", "console_url"),
    }
    assert document["endpoint"] == here.cloud.endpoint
    assert document["api_url"] is None


def test_outputs_and_api_come_from_cloudformation(here: Any) -> None:
    """The API's address keeps its id; `api_url` + `/v1/...` is the call, as on AWS."""
    template = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": True}},
        },
        "Outputs": {
            "ApiUrl": {
                "Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com"}
            },
            "ApiKeyId": {"Value": {"Ref": "Key"}},
        },
    }
    client = here.client("cloudformation")
    client.create_stack(StackName="api", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(
        StackName="api", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    document = here.cloud.describe()
    api = document["outputs"]["ApiUrl"].removeprefix("https://").split(".")[0]
    assert document["api_url"] == f"{here.cloud.endpoint}/_aws/execute-api/{api}"
    assert document["api_key"]
    client.delete_stack(StackName="api")


def test_an_unknown_fault_is_refused_with_those_known(here: Any) -> None:
    """The sentence lists what can be ordered."""
    with pytest.raises(ServerError, match="CapacityError, Internal"):
        here.cloud.order_fault("Gremlins")


def test_interrupting_nothing_is_said(here: Any) -> None:
    """Without a running spot job the sentence says so."""
    with pytest.raises(ServerError, match=r"No training job is running on spot capacity\."):
        here.cloud.interrupt()


def test_a_port_in_use_is_said_before_anything_starts(
    settings_of: SettingsOf, tmp_path: Path
) -> None:
    """The sentence names the port and the way out; nothing was made."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        cloud = Cloud(port, tmp_path / "state")
        with pytest.raises(PortInUseError, match=f"Port {port} is in use"):
            cloud.start(settings_of(cloud))
    assert not (tmp_path / "state").exists()


def test_a_second_cloud_in_one_checkout_is_refused(here: Any) -> None:
    """The sentence says how to end the first."""
    with pytest.raises(AlreadyRunningError, match="make down"):
        Cloud(free_port(), here.cloud.state_dir).start()


def test_a_full_disk_is_said_before_anything_starts(
    cloud: Cloud, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how much is free and how much is needed."""
    monkeypatch.setattr("local.cloud._NEEDED_BYTES", 10**18)
    with pytest.raises(NoDiskError, match=r"Only .* GB are free"):
        cloud.start(settings_of(cloud))


def test_a_missing_tool_names_the_set_up(tmp_path: Path) -> None:
    """Each tool that is not there says which, and what to run."""
    tools = Toolchain(tmp_path)
    for name in ("cloud_python", "lambda_python", "training_python", "node"):
        with pytest.raises(MissingToolError, match="make setup"):
            getattr(tools, name)


def test_a_server_that_does_not_start_says_why(
    cloud: Cloud, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The log's last line is in the sentence, and nothing is left running."""
    without_ministack = Toolchain(ROOT).lambda_python
    monkeypatch.setattr(Toolchain, "cloud_python", without_ministack)
    with pytest.raises(ServerError, match=r"did not start .*ModuleNotFoundError"):
        cloud.start(settings_of(cloud))
    assert {each.name for each in tmp_path.iterdir()} == {"logs"}


def test_down_without_a_cloud_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make down` twice is no error."""
    monkeypatch.setattr("local.cloud.ROOT", tmp_path)
    assert command_line.main(["down"]) == 0
    assert "No local cloud is running" in capsys.readouterr().out


def test_a_failure_is_one_sentence_and_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback reaches the user."""
    monkeypatch.setattr("local.cloud.ROOT", tmp_path)
    assert command_line.main(["interrupt"]) == 1
    error = capsys.readouterr().err
    assert error == "No local cloud is running: `make up` starts one.\n"
    with pytest.raises(NotUpError):
        Cloud.running(tmp_path)


def test_ctrl_c_ends_everything_that_was_started(settings_of: SettingsOf, tmp_path: Path) -> None:
    """An interrupt while coming up leaves no server, no deployment, no scratch files."""
    port = free_port()
    script = (
        "import os, sys, time; from local.cloud import Cloud; from local.commands import main;"
        "from local.settings import ServerSettings;"
        "settings = ServerSettings.from_env(os.environ); init = Cloud.__init__;"
        "Cloud.__init__ = lambda self, port: init(self, port, settings.state_dir);"
        "Cloud.settings = lambda self: settings;"
        "Cloud.deploy = lambda self, report: (print('up', flush=True), time.sleep(60));"
        f"sys.exit(main(['up', '--port', '{port}']))"
    )
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | settings_of(Cloud(port, tmp_path)).to_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "up" not in process.stdout.readline().split():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=45)
    assert process.returncode == 130
    assert error == "Interrupted; everything that was started has been ended.\n"
    assert {each.name for each in tmp_path.iterdir()} == {"logs"}


def test_a_shell_is_told_how_to_reach_the_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line is an export that a shell takes, whatever the value."""
    cloud = Cloud(4711, tmp_path)
    document = {
        "endpoint": cloud.endpoint,
        "region": "us-east-1",
        "access_key": "test",
        "secret_key": "it's",
        "api_url": "http://127.0.0.1:4711/api",
        "api_key": "k",
        "outputs": {"LandingBucket": "landing"},
    }
    cloud.description_file.write_text(json.dumps(document))
    monkeypatch.setattr(command_line.Cloud, "running", lambda: cloud)
    assert command_line.main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "export AWS_SECRET_ACCESS_KEY='it'\"'\"'s'" in lines
    assert "export LANDING_BUCKET=landing" in lines


def test_a_shell_is_told_to_wait_while_the_cloud_is_being_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`env` in that minute is one sentence that says what to wait for, and prints nothing else."""
    monkeypatch.setattr(command_line.Cloud, "running", lambda: Cloud(4711, tmp_path))
    assert command_line.main(["env"]) == 1
    out, err = capsys.readouterr()
    assert (out, "wait for `make up`" in err) == ("", True)


@pytest.mark.parametrize("port", ["80000", "80", "abc"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the range that there is."""
    with pytest.raises(SystemExit):
        command_line.main(["up", "--port", port])
    assert "from 1024 to 65535" in capsys.readouterr().err
