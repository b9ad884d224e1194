"""What runs in a function's process, in the place of Lambda's own Python runtime.

Reads one JSON line that says what to load, answers that it is ready, then takes one
line per invocation and answers each. Prints and logs go to standard error; `MARK`
and the request's id end the log of an invocation there.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

type Handler = Callable[[object, object], object]

MARK = "\x1eend "


class Context:
    """The context object, as far as Lambda documents it."""

    identity = None
    client_context = None

    def __init__(self, init: dict[str, Any], call: dict[str, Any]) -> None:
        self.function_name = init["function_name"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = str(init["memory"])
        self.invoked_function_arn = call.get("invoked_function_arn") or init["arn"]
        self.aws_request_id = call.get("request_id", "")
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + call.get("timeout_ms", 3000) / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before the invocation is cut off."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def failure(error: BaseException) -> dict[str, Any]:
    """The payload Lambda gives for an exception, logged as Lambda logs it."""
    frames = error.__traceback__.tb_next if error.__traceback__ else None
    lines = traceback.format_exception(type(error), error, frames)
    sys.stderr.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(lines)}")
    return {
        "errorType": type(error).__name__,
        "errorMessage": str(error),
        "stackTrace": traceback.format_tb(frames),
    }


def _trace_calls() -> None:
    """Stamp calls with the depth of the invocation, so that endless recursion is found."""
    try:
        from botocore import handlers  # noqa: PLC0415 - a function may do without botocore
    except ImportError:
        return

    def stamp(params: dict[str, Any], **_: object) -> None:
        depth = os.environ.get("_MINISTACK_INVOKE_DEPTH")
        if depth:
            params["headers"].setdefault("X-Ministack-Invoke-Depth", depth)

    handlers.BUILTIN_HANDLERS.append(("before-call", stamp))


def _load(init: dict[str, Any]) -> Handler:
    sys.path[:0] = [*init["paths"]]
    _trace_calls()
    handler: Handler = getattr(importlib.import_module(init["module"]), init["handler"])
    return handler


def _set(name: str, value: object) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = str(value)


def _invoke(handler: Handler, init: dict[str, Any], message: dict[str, Any]) -> str:
    call = message.get("ctx") or {}
    _set("_X_AMZN_TRACE_ID", call.get("trace_id"))
    _set("_MINISTACK_INVOKE_DEPTH", call.get("depth"))
    try:
        result = json.dumps(handler(message["event"], Context(init, call)))
        reply = f'{{"status": "ok", "result": {result}}}'
    except BaseException as error:  # noqa: BLE001 - whatever a handler raises is its answer
        reply = json.dumps({"status": "ok", "failure": failure(error)})
    sys.stderr.write(f"\n{MARK}{call.get('request_id', '')}\n")
    sys.stderr.flush()
    return reply


def main(answers: TextIO) -> None:
    """Serve invocations until standard input closes."""
    init = json.loads(sys.stdin.readline())

    def answer(line: str) -> None:
        answers.write(line + "\n")
        answers.flush()

    try:
        handler = _load(init)
    except BaseException as error:  # noqa: BLE001 - a module that cannot be loaded is an answer
        answer(json.dumps({"status": "error", "failure": failure(error)}))
        return
    answer(json.dumps({"status": "ready"}))
    for line in sys.stdin:
        answer(_invoke(handler, init, json.loads(line)))


if __name__ == "__main__":
    pipe = sys.stdout
    sys.stdout = sys.stderr
    main(pipe)
