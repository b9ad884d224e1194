"""Captures sent after the answer is out: an extension of Lambda's inside the function's process.

Lambda ends an invocation when the function has answered and every extension that asked for it has
asked for the next one; the caller has the answer before that.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

import json
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from inference.predict.capture import Outbox
from inference.predict.log import log_fault
from tidemill.connection import Address, Connection

NAME = "capture"
IDENTIFIER = "Lambda-Extension-Identifier"
PATH = "/2020-01-01/extension"
type Task = Callable[[], None]


class Invocations(Protocol):
    """Tells of invocations, one after another."""

    def register(self) -> bool:
        """Ask to be told; whether that is granted."""

    def await_next(self) -> None:
        """Say that all is done of the last invocation, and wait until there is another."""


class RuntimeApi:
    """Lambda's own, at an address of this machine."""

    def __init__(self, address: str) -> None:
        self._connection = Connection(Address.of(f"http://{address}"), None)
        self._headers = {"Lambda-Extension-Name": NAME}

    def register(self) -> bool:
        body = json.dumps({"events": ["INVOKE"]}).encode()
        try:
            answer = self._connection.call("POST", f"{PATH}/register", body, self._headers)
        except OSError:
            return False
        self._headers = {IDENTIFIER: answer.headers.get(IDENTIFIER.lower(), "")}
        return answer.status == 200

    def await_next(self) -> None:
        self._connection.call("GET", f"{PATH}/event/next", headers=self._headers)


class LaterOutbox:
    """Holds what an invocation posts until its answer is out, then hands it to another outbox.

    Lambda waits for it before the next invocation, so what is held is never more than one answer's.
    Where the extension has failed, all goes to the other outbox at once; nothing is dropped here.
    """

    def __init__(self, outbox: Outbox, invocations: Invocations) -> None:
        self._outbox = outbox
        self._invocations = invocations
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._runs = False

    def start(self) -> bool:
        """Begin to listen for invocations, while Lambda initialises; whether it lets us."""
        self._runs = self._invocations.register()
        if self._runs:
            Thread(target=self._serve, name=NAME, daemon=True).start()
        return self._runs

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        if self._runs:
            self._tasks.put(partial(self._outbox.post, pipeline, lines))
        else:
            self._outbox.post(pipeline, lines)

    def defer(self, task: Task) -> None:
        """Do it when the answer is out; at once where the extension has failed."""
        if self._runs:
            self._tasks.put(task)
        else:
            task()

    def done(self) -> None:
        if self._runs:
            self._tasks.put(None)

    def _serve(self) -> None:
        try:
            while True:
                self._invocations.await_next()
                self._send()
        except OSError as fault:
            self._runs = False
            log_fault("captures are sent before the answer from now on", fault=fault)
            self._tasks.put(None)
            self._send()

    def _send(self) -> None:
        """What was posted up to the end of an invocation."""
        for task in list(iter(self._tasks.get, None)):
            task()
