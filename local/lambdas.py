"""Functions in processes of the Lambda environment: their code, their layers, boto3, no more."""

import contextvars
import json
import os
import queue
import subprocess
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local.bootstrap import MARK
from local.settings import ServerSettings
from local.unpacked import Unpacked

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_LOG_SECONDS = 5.0
_INIT_SECONDS = 120.0
_failed: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("failed")
# When the call's environment was ready, where it had to start one: a duration begins there.
ready: contextvars.ContextVar[float] = contextvars.ContextVar("ready", default=0.0)


class FunctionWorker(lambda_runtime.Worker):  # type: ignore[misc]
    """One execution environment; starts with an environment of its own, nothing inherited."""

    settings: ServerSettings
    unpacked: Unpacked

    def _spawn(self) -> None:
        code = self.unpacked.folder(self.code_zip)
        layers = [self.unpacked.folder(data) for data in self._layers()]
        self._stream = uuid.uuid4().hex
        self._proc: subprocess.Popen[str] | None = subprocess.Popen(
            [str(self.settings.lambda_python), "-P", "-s", str(_BOOTSTRAP)],
            cwd=code,
            env=self._environment(code),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self._stderr_queue: queue.Queue[str] = queue.Queue()
        self._stderr_thread = threading.Thread(target=self._read_stderr, daemon=True)
        self._stderr_thread.start()
        self._await_ready(self._proc, code, layers)
        ready.set(time.time())

    def _await_ready(self, process: subprocess.Popen[str], code: Path, layers: list[Path]) -> None:
        module, _, handler = self.config.get("Handler", "index.handler").rpartition(".")
        init = {
            "paths": [str(code), *(str(layer / "python") for layer in layers)],
            "module": module.replace("/", "."),
            "handler": handler,
            "function_name": self.config.get("FunctionName", ""),
            "memory": self.config.get("MemorySize", 128),
            "arn": self.config.get("FunctionArn", ""),
        }
        guard = threading.Timer(_INIT_SECONDS, process.kill)
        guard.start()
        reply = _exchange(process, json.dumps(init))
        guard.cancel()
        answer = json.loads(reply) if reply else {"failure": _no_start(self._drain_stderr())}
        if answer.get("status") != "ready":
            _failed.set(answer["failure"])
            raise RuntimeError(answer["failure"]["errorMessage"])

    def _layers(self) -> list[bytes]:
        found = (lambda_svc._resolve_layer_zip(each) for each in self.config.get("Layers", []))  # noqa: SLF001
        return [data for data in found if data]

    def _environment(self, code: Path) -> dict[str, str]:
        config, settings = self.config, self.settings
        name = config.get("FunctionName", "")
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        variables = {
            key: value
            for key, value in config.get("Environment", {}).get("Variables", {}).items()
            if key not in lambda_runtime._RESERVED_RUNTIME_ENV_VARS  # noqa: SLF001
        }
        return {
            "PATH": f"{settings.lambda_python.parent}{os.pathsep}{os.defpath}",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(settings.scratch_dir),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_ENDPOINT_URL": settings.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            **variables,
            **lambda_runtime.execution_credentials(config),
            "AWS_REGION": settings.region,
            "AWS_DEFAULT_REGION": settings.region,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": config.get("Handler", ""),
        }

    def invoke(self, event: object, request_id: str, **call: object) -> dict[str, Any]:
        """Run one invocation; a handler's exception leaves the environment alive, as on AWS."""
        self._request = request_id
        result: dict[str, Any] = super().invoke(event, request_id, **call)
        failure = result.pop("failure", None)
        if failure:
            _failed.set(failure)
            result |= {"status": "error", "error": failure["errorMessage"], "trace": ""}
        return result

    def _drain_stderr_bounded(self, *_: float) -> str:
        """Everything the invocation logged: up to its mark, not for a guessed while."""
        lines: list[str] = []
        end = time.monotonic() + _LOG_SECONDS
        while self._proc is not None and time.monotonic() < end:
            try:
                line = self._stderr_queue.get(timeout=0.1)
            except queue.Empty:
                if self._proc.poll() is not None:
                    break
                continue
            if line == MARK + self._request:
                break
            if line:
                lines.append(line)
        return "\n".join(lines)


def _exchange(process: subprocess.Popen[str], line: str) -> str:
    """Say one line and hear one; an empty one when the process is gone."""
    if process.stdin is None or process.stdout is None:
        return ""
    with suppress(BrokenPipeError):
        process.stdin.write(line + "\n")
        process.stdin.flush()
    return process.stdout.readline()


def _no_start(log: str) -> dict[str, Any]:
    return {"errorType": "Runtime.ExitError", "errorMessage": f"Runtime exited: {log[-500:]}"}


def install(settings: ServerSettings) -> None:
    """Have every Python function run in a `FunctionWorker`."""
    FunctionWorker.settings = settings
    FunctionWorker.unpacked = Unpacked(settings.scratch_dir / "functions")
    original = lambda_runtime._worker_class_for  # noqa: SLF001
    binary = lambda_runtime._detect_runtime_binary  # noqa: SLF001
    execute = lambda_svc._execute_function_warm  # noqa: SLF001

    def worker_class(config: dict[str, Any]) -> type[lambda_runtime.Worker]:
        python = str(config.get("Runtime", "")).startswith("python")
        chosen: type[lambda_runtime.Worker] = FunctionWorker if python else original(config)
        return chosen

    def execute_and_name(func: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
        _failed.set(None)
        result: dict[str, Any] = execute(func, event, request_id)
        failure = _failed.get()
        if result.get("error") and failure:
            result["body"] = failure
        return result

    def runtime_binary(runtime: str) -> tuple[str, str]:
        _, script = binary(runtime)
        return str(settings.node), script

    lambda_runtime._detect_runtime_binary = runtime_binary  # noqa: SLF001
    lambda_runtime._worker_class_for = worker_class  # noqa: SLF001
    lambda_svc._execute_function_warm = execute_and_name  # noqa: SLF001
