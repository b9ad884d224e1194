"""`python -m inference.endpoint [serve]`: answer over HTTP until SIGTERM; SageMaker says `serve`.

What is being asked when the signal comes is answered, and what was answered is captured.
"""

import logging
import os
from typing import Any

import uvicorn

from tidemill.endpoint_settings import EndpointSettings

# SageMaker kills after 30 seconds.
PATIENCE_SECONDS = 20


OPTIONS: dict[str, Any] = {
    "loop": "uvloop",
    "http": "httptools",
    "ws": "none",
    "lifespan": "on",
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
    "timeout_graceful_shutdown": PATIENCE_SECONDS,
}


def main() -> None:
    """Serve with as many processes as the settings say; ValueError names a missing setting."""
    settings = EndpointSettings.from_env()
    logging.basicConfig(level=logging.WARNING)
    uvicorn.run(
        "inference.endpoint.wiring:application",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers or os.process_cpu_count(),
        **OPTIONS,
    )


if __name__ == "__main__":
    main()
