"""The endpoint as a container starts it, and as its host ends it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local.toolchain import free_port
from tidemill.endpoint_settings import EndpointSettings

FUNCTIONS = Path(__file__).parents[4] / "functions"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def process(port: int) -> Iterator[subprocess.Popen[str]]:
    """`serve`, with nothing of AWS to be reached."""
    settings = EndpointSettings(
        stage="dev",
        registry_table="registry",
        capture_stream="capture",
        signing_key="key",
        pipeline="shells",
        port=port,
        workers=1,
    )
    aws = {"AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}
    started = subprocess.Popen(
        [sys.executable, "-m", "inference.endpoint", "serve"],
        env=os.environ | settings.to_env() | aws | keys | {"PYTHONPATH": str(FUNCTIONS)},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate()


def ask(port: int, method: str, path: str, body: str = "") -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def await_ping(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        try:
            assert ask(port, "GET", "/ping")[0] == 200
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


def test_it_serves_until_it_is_told_to_end(port: int, process: subprocess.Popen[str]) -> None:
    """Healthy at once; without a registry it asks to come back; SIGTERM ends it in its time."""
    await_ping(port, process)
    status, text = ask(port, "POST", "/invocations", '{"instances": [{"length": 2}]}')
    assert (status, json.loads(text)["status"]) == (503, 503)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode in {0, -signal.SIGTERM}
