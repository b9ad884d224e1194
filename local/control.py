"""The server's own endpoint, `/_tidemill/`: readiness, faults to order, events to repeat."""

import json
import os
from collections.abc import Callable
from typing import Any

from local.asgi import Receive, Scope, Send
from local.executor import Executor
from local.faults import Faults
from local.jobs import Fault, NotRunningError

PREFIX = "/_tidemill/"

type Emit = Callable[..., None]


class Control:
    """Answers requests that are no AWS API; on loopback only, as the whole server."""

    def __init__(self, executor: Executor, faults: Faults, emit: Emit) -> None:
        self._executor = executor
        self._faults = faults
        self._emit = emit

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and document for a request below `PREFIX`."""
        try:
            document = self._act(method, path.removeprefix(PREFIX), json.loads(body or b"{}"))
        except NotRunningError as error:
            which = f"Training job {error} is not" if str(error) else "No training job is"
            return 409, {"message": f"{which} running on spot capacity."}
        except (ValueError, TypeError) as error:
            return 400, {"message": str(error)}
        if document is None:
            return 404, {"message": f"no such control: {method} {path}"}
        return 200, document

    def _act(self, method: str, name: str, request: dict[str, Any]) -> dict[str, Any] | None:
        match method, name:
            case "GET", "health":
                return {"status": "ready", "pid": os.getpid()}
            case "POST", "training/faults":
                self._faults.add(Fault(**request))
            case "DELETE", "training/faults":
                self._faults.clear()
            case "POST", "events":
                self._emit(**request)
            case "POST", "training/interrupt":
                return {"job": self._executor.interrupt(request.get("job"))}
            case _:
                return None
        return {}

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same as an ASGI application."""
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status, document = self.answer(scope["method"], scope["path"], body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})
