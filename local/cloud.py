"""The local cloud as the command line, the demo and the tests use it."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import boto3

from local.deploy import Deployment, Report
from local.errors import AlreadyRunningError, NoDiskError, NotUpError, ServerError
from local.settings import ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY, ServerSettings
from local.toolchain import Toolchain, check_port

ROOT = Path(__file__).resolve().parent.parent
PORT = 4566
_NEEDED_BYTES = 2 * 1024**3
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


def _quiet(_: str) -> None:
    """Report to nobody."""


class Cloud:
    """One local cloud: a server process, what is deployed on it, and the files that say so."""

    def __init__(self, port: int = PORT, state_dir: Path | None = None) -> None:
        self.port = port
        self.state_dir = (state_dir or ROOT / ".local").resolve()
        self.endpoint = f"http://127.0.0.1:{port}"

    @classmethod
    def running(cls, state_dir: Path | None = None) -> Self:
        """The cloud that is up in `state_dir`; raises NotUpError when there is none."""
        pid_file = (state_dir or ROOT / ".local") / "cloud.pid"
        if not pid_file.exists():
            raise NotUpError("No local cloud is running: `make up` starts one.")
        return cls(json.loads(pid_file.read_text())["port"], state_dir)

    @property
    def description_file(self) -> Path:
        """`cloud.json`, written when the cloud is ready for use."""
        return self.state_dir / "cloud.json"

    @property
    def _pid_file(self) -> Path:
        return self.state_dir / "cloud.pid"

    def start(self, **settings: Any) -> None:
        """Start the server and wait until it answers; nothing is left when that fails."""
        self._check_free()
        chosen = self.settings(**settings)
        chosen.scratch_dir.mkdir(parents=True, exist_ok=True)
        log = self.state_dir / "logs" / "server.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(Toolchain(ROOT).cloud_python), "-m", "local.server"],
                cwd=ROOT,
                env=chosen.to_env(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._pid_file.write_text(json.dumps({"pid": process.pid, "port": self.port}))
        try:
            self._await_ready(process, log)
        except BaseException:
            self.stop()
            raise

    def settings(self, **changes: Any) -> ServerSettings:
        """What the server is started with, defaults overridden by `changes`."""
        tools = Toolchain(ROOT)
        defaults: dict[str, Any] = {
            "port": self.port,
            "state_dir": self.state_dir,
            "training_dir": ROOT / "functions" / "training",
            "core_dir": ROOT / "layers" / "core",
        }
        for name in ("lambda_python", "training_python", "node"):
            if name not in changes:
                defaults[name] = getattr(tools, name)
        return ServerSettings(**(defaults | changes))

    def _check_free(self) -> None:
        with suppress(NotUpError):
            other = self.running(self.state_dir)
            if other.is_up():
                raise AlreadyRunningError(
                    f"A local cloud is running on port {other.port}: `make down` ends it."
                )
            other.stop()
        check_port(self.port)
        self.state_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.state_dir).free
        if free < _NEEDED_BYTES:
            raise NoDiskError(
                f"Only {free / 1024**3:.1f} GB are free on the disk of {self.state_dir}: "
                f"the local cloud needs {_NEEDED_BYTES / 1024**3:.0f} GB."
            )

    def _await_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self.is_up():
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        raise ServerError(f"The local cloud did not start ({log}): {' '.join(tail)}")

    def is_up(self) -> bool:
        """Whether the server this state folder tells of answers."""
        if not self._pid_file.exists():
            return False
        try:
            answer = self.control("GET", "health")
        except (OSError, ValueError):
            return False
        return bool(answer.get("pid") == json.loads(self._pid_file.read_text())["pid"])

    def control(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call the server's own endpoint; raises ServerError with its message on refusal."""
        request = urllib.request.Request(  # noqa: S310 - always loopback
            f"{self.endpoint}/_tidemill/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            raise ServerError(json.load(error)["message"]) from error

    def interrupt(self, job: str | None = None) -> str:
        """Take the spot capacity away from a training job and give the job's name."""
        return str(self.control("POST", "training/interrupt", {"job": job})["job"])

    def order_fault(self, fault: str, **details: Any) -> None:
        """Have coming training jobs meet a fault; see `local.faults` for those known."""
        self.control("POST", "training/faults", {"fault": fault, **details})

    def deploy(self, report: Report = _quiet) -> dict[str, Any]:
        """Deploy the application, write `cloud.json` and give its content."""
        Deployment(ROOT, self.state_dir, self.endpoint)(report)
        return self.describe()

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud."""
        session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def outputs(self) -> dict[str, str]:
        """Every stack's CloudFormation outputs, by name."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        return {
            output["OutputKey"]: output["OutputValue"]
            for page in pages
            for stack in page["Stacks"]
            if stack["StackName"] != "CDKToolkit"
            for output in stack.get("Outputs", [])
            if not output["OutputKey"].startswith("ExportsOutput")
        }

    def describe(self) -> dict[str, Any]:
        """Write how to reach the cloud to `cloud.json`, whole or not at all."""
        outputs = self.outputs()
        document = {
            "endpoint": self.endpoint,
            "region": REGION,
            "account": ACCOUNT,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "api_url": self._api_url(outputs.get("ApiUrl")),
            "api_key": self._api_key(outputs.get("ApiKeyId")),
            "outputs": outputs,
            "console_url": None,
        }
        partial = self.description_file.with_suffix(".partial")
        partial.write_text(json.dumps(document, indent=2) + "\n")
        partial.replace(self.description_file)
        return document

    def _api_url(self, url: str | None) -> str | None:
        """The API's address here: what AWS tells apart by host name goes into the path."""
        if url is None:
            return None
        api = url.split("://", 1)[-1].split(".", 1)[0]
        return f"{self.endpoint}/_aws/execute-api/{api}"

    def _api_key(self, key_id: str | None) -> str | None:
        if key_id is None:
            return None
        answer = self.client("apigateway").get_api_key(apiKey=key_id, includeValue=True)
        return str(answer["value"])

    def stop(self) -> None:
        """End the server and everything it started; raises NotUpError when there is none."""
        if not self._pid_file.exists():
            raise NotUpError("No local cloud is running.")
        pid = json.loads(self._pid_file.read_text())["pid"]
        if _is_server(pid):
            _end(pid)
        scratch = self.settings_scratch()
        end = time.monotonic() + _STOP_SECONDS
        while scratch.exists() and time.monotonic() < end:
            time.sleep(0.05)
        shutil.rmtree(scratch, ignore_errors=True)
        self.description_file.unlink(missing_ok=True)
        self._pid_file.unlink(missing_ok=True)

    def settings_scratch(self) -> Path:
        """The server's scratch folder, which ends with it."""
        return self.state_dir / f"run-{self.port}"


def _is_server(pid: int) -> bool:
    """Whether this process is a server of ours, and not another that got its number."""
    command = Path(f"/proc/{pid}/cmdline")
    if command.parent.parent.joinpath("self").exists():
        return command.exists() and b"local.server" in command.read_bytes()
    shown = subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return "local.server" in shown.stdout


def _end(pid: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < end:
            with suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == pid:
                    return
            os.kill(pid, 0)
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
