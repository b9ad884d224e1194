"""The local cloud as the command line, the demo and the tests use it."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from local.deploy import Deployment, Report
from local.description import Deployed
from local.errors import AlreadyRunningError, NoDiskError, NotUpError, ServerError
from local.record import ServerRecord
from local.settings import ServerSettings
from local.toolchain import Toolchain, check_port

ROOT = Path(__file__).resolve().parent.parent
PORT = 4566
_NEEDED_BYTES = 2 * 1024**3
_START_SECONDS = 60.0
_CLEAN_SECONDS = 5.0


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
        record = ServerRecord.read((state_dir or ROOT / ".local") / "cloud.pid")
        if record is None:
            raise NotUpError("No local cloud is running: `make up` starts one.")
        return cls(record.port, state_dir)

    @property
    def description_file(self) -> Path:
        """`cloud.json`, written when the cloud is ready for use."""
        return self.state_dir / "cloud.json"

    def description(self) -> dict[str, Any]:
        """What `cloud.json` says; raises NotUpError while the application is being deployed."""
        try:
            found: dict[str, Any] = json.loads(self.description_file.read_text())
        except FileNotFoundError:
            raise NotUpError(
                "The local cloud is not ready yet: wait for `make up` to end."
            ) from None
        return found

    @property
    def _pid_file(self) -> Path:
        return self.state_dir / "cloud.pid"

    def start(self, settings: ServerSettings | None = None) -> None:
        """Start the server and wait until it answers; nothing is left when that fails."""
        self._check_free()
        chosen = settings or self.settings()
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
        ServerRecord(process.pid, self.port).write(self._pid_file)
        try:
            self._await_ready(process, log)
        except BaseException:
            self.stop()
            raise
        finally:
            process.returncode = 0  # it is the record's from here on, not this object's

    def settings(self) -> ServerSettings:
        """What the server is started with; raises MissingToolError before set-up."""
        tools = Toolchain(ROOT)
        return ServerSettings(
            port=self.port,
            state_dir=self.state_dir,
            lambda_python=tools.lambda_python,
            node=tools.node,
            training_python=tools.training_python,
            training_dir=ROOT / "functions",
            core_dir=ROOT / "layers" / "core",
            native_dir=ROOT / "layers" / "native",
            tabular_dir=ROOT / "layers" / "tabular",
        )

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
        record = ServerRecord.read(self._pid_file)
        if record is None:
            return False
        try:
            return bool(self.control("GET", "health").get("pid") == record.pid)
        except (OSError, ValueError, ServerError):
            return False

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
            with error:
                raise ServerError(json.load(error)["message"]) from error

    def interrupt(self, job: str | None = None) -> str:
        """Take the spot capacity away from a training job and give the job's name."""
        return str(self.control("POST", "training/interrupt", {"job": job})["job"])

    def order_fault(
        self, fault: str, *, match: str = "", jobs: int = 1, after_seconds: float = 0.0
    ) -> None:
        """Have coming training jobs meet a fault; `local.faults` has those known."""
        order = {"fault": fault, "match": match, "jobs": jobs, "after_seconds": after_seconds}
        self.control("POST", "training/faults", order)

    def emit(self, source: str, kind: str, detail: dict[str, Any]) -> None:
        """Send an event as an AWS service would: S3 telling twice, or late, of an object."""
        event = {"source": source, "kind": kind, "resources": [], "detail": detail}
        self.control("POST", "events", event)

    def deploy(self, report: Report = _quiet, **choices: str) -> dict[str, Any]:
        """Deploy the application with these choices, write `cloud.json` and give its content."""
        Deployment(ROOT, self.state_dir, self.endpoint, choices)(report)
        return self.describe()

    def outputs(self) -> dict[str, str]:
        """Every stack's CloudFormation outputs, by name."""
        return Deployed(self.endpoint).outputs()

    def describe(self) -> dict[str, Any]:
        """Write how to reach the cloud to `cloud.json`, whole or not at all."""
        document = Deployed(self.endpoint).document()
        partial = self.description_file.with_suffix(".partial")
        partial.write_text(json.dumps(document, indent=2) + "\n")
        partial.replace(self.description_file)
        return document

    def stop(self) -> None:
        """End the server and everything it started; raises NotUpError when there is none."""
        record = ServerRecord.read(self._pid_file)
        if record is None:
            raise NotUpError("No local cloud is running.")
        seconds = _CLEAN_SECONDS if record.end() else 0.0
        scratch = self.state_dir / f"run-{record.port}"
        end = time.monotonic() + seconds
        while scratch.exists() and time.monotonic() < end:
            time.sleep(0.05)
        shutil.rmtree(scratch, ignore_errors=True)
        self.description_file.unlink(missing_ok=True)
        self._pid_file.unlink(missing_ok=True)
