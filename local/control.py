"""The server's own endpoint, `/_tidemill/`: readiness, faults to order, capacity to take away."""

import json
import os
from typing import Any

from local.executor import Executor, NotRunningError
from local.faults import Faults
from local.jobs import Fault

PREFIX = "/_tidemill/"


class Control:
    """Answers requests that are no AWS API; on loopback only, as the whole server."""

    def __init__(self, executor: Executor, faults: Faults) -> None:
        self._executor = executor
        self._faults = faults

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and document for a request below `PREFIX`."""
        try:
            request = json.loads(body or b"{}")
            match method, path.removeprefix(PREFIX):
                case "GET", "health":
                    return 200, {"status": "ready", "pid": os.getpid()}
                case "POST", "training/faults":
                    self._faults.add(Fault(**request))
                    return 200, {}
                case "DELETE", "training/faults":
                    self._faults.clear()
                    return 200, {}
                case "POST", "training/interrupt":
                    return 200, {"job": self._executor.interrupt(request.get("job"))}
        except NotRunningError as error:
            which = f"training job {error}" if str(error) else "no training job"
            return 409, {"message": f"{which} is running on spot capacity"}
        except (ValueError, TypeError) as error:
            return 400, {"message": str(error)}
        return 404, {"message": f"no such control: {method} {path}"}

    async def serve(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
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
