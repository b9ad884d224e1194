"""Our endpoint on a port, its registry in memory: `python -m bench.served_endpoint ARTIFACT PORT`.

All but the calls to AWS that it makes beside the answering: captures are made, and go nowhere.
"""

import sys
from pathlib import Path

import uvicorn

from bench.served import predictor_of
from inference.endpoint.__main__ import OPTIONS
from inference.endpoint.app import Endpoint


def main() -> None:
    """Serve until SIGTERM."""
    artifact, port = Path(sys.argv[1]).read_bytes(), int(sys.argv[2])
    app = Endpoint(predictor_of(artifact, "bench"), pipeline="bench")
    uvicorn.run(app, host="127.0.0.1", port=port, **OPTIONS)


if __name__ == "__main__":
    main()
