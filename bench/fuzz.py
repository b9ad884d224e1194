"""Thousands of generated requests against the deployed API, by its own OpenAPI document.

    python -m bench.fuzz [requests]

Schemathesis, in an environment of its own, asks every route that a client's key opens: half of the
requests as the document says, half not. Every answer must be one that the document knows, in
status, media type and body, and none a 5xx. The local cloud and the application are started for it.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.environments import environment
from bench.registered import Shelf
from bench.targets import BOARD
from local.cloud import Cloud
from local.journey import Journey
from local.toolchain import free_port
from tidemill.artifact import Feature, Header, Rules, Signature
from tidemill.artifact.document import pack
from tidemill.contract import parse_contract

REQUESTS = 2_000
STATUS = re.compile(r'"status_code": ?(\d{3})')
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
CONTRACT = """
pipeline: shells
target: rings
serving: {unseen: reject, out_of_range: reject}
sources:
  rows:
    columns:
      length: {type: float, min: 0, max: 2, nullable: false}
      ribs: {type: int, min: 0}
      wet: {type: bool}
      sex/age: {type: category, values: [M, F]}
      seen: {type: timestamp}
      note: {type: text}
      rings: {type: int}
"""


def main() -> None:
    """Print how many answers had which status; RuntimeError where one is wrong."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with TemporaryDirectory() as scratch:
        cloud = Cloud(free_port(), Path(scratch))
        cloud.start()
        try:
            cloud.deploy()
            with Journey(cloud.describe()) as journey:
                fuzz(journey, Path(scratch), wanted)
        finally:
            cloud.stop()


def fuzz(journey: Journey, scratch: Path, wanted: int) -> None:
    """Ask half of it for predictions, half of all that can be read; see `main`."""
    shelf = Shelf(journey, parse_contract(CONTRACT))
    shelf.register(1, artifact())
    shelf.registry.promote(shelf.contract.pipeline, 1, "approved")
    document = journey.get("/openapi.json")
    reading = [path for path, methods in document["paths"].items() if _is_open(methods)]
    predicting = [path for path in reading if path.endswith("/predictions")]
    seen = Counter[int]()
    for paths in (predicting, [path for path in reading if path not in predicting]):
        parts = {path: document["paths"][path] for path in paths}
        before, seed = seen.total(), 0
        while seen.total() - before < wanted // 2:
            (scratch / "openapi.json").write_text(json.dumps(document | {"paths": parts}))
            seen += _ask(journey, scratch, wanted // 2 // len(paths), seed)
            seed += 1
    print(f"{seen.total()} requests:", dict(sorted(seen.items())))
    BOARD.hold("generated requests, all answered as documented", seen.total(), wanted, unit="")


def _is_open(methods: dict[str, Any]) -> bool:
    """Whether a client's key is enough: what an operator signs changes the pipeline."""
    return all("security" not in operation for operation in methods.values())


def _ask(journey: Journey, scratch: Path, examples: int, seed: int) -> Counter[int]:
    """How many answers of which status so many examples of each operation got."""
    program = environment("schemathesis").with_name("schemathesis")
    said = scratch / "said.ndjson"
    options = [
        *("run", "openapi.json", "--url", journey.cloud["api_url"], "--seed", str(seed)),
        *("--header", f"x-api-key: {journey.cloud['api_key']}", "--checks", ",".join(CHECKS)),
        *("--phases", "fuzzing", "--max-examples", str(examples), "--request-timeout", "60"),
        *("--suppress-health-check", "all", "--no-shrink", "--warnings", "off"),
        *("--report", "ndjson", "--report-ndjson-path", str(said)),
    ]
    done = subprocess.run(  # noqa: S603 - a program named above
        [str(program), *options], cwd=scratch, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-8000:] + done.stderr[-2000:])
    return Counter(map(int, STATUS.findall(said.read_text())))


def artifact() -> bytes:
    """A model of the contract's fields that answers twice the length."""
    features = (
        Feature("length", "float", nullable=False, min=0, max=2),
        Feature("ribs", "int", min=0),
        Feature("wet", "bool"),
        Feature("sex/age", "category", ("M", "F")),
        Feature("seen", "timestamp"),
        Feature("note", "text"),
    )
    signature = Signature(features, Rules(unseen="reject", out_of_range="reject"))
    header = Header("shells", "d", "c", "regression", "rings", (), signature, {})
    model = {"kind": "linear", "steps": [], "coefficients": [[2.0]], "intercepts": [0.0]}
    graph = {"inputs": [["length", "number"]], "model": model | {"link": "identity"}}
    return pack(header.to_json(), graph)


if __name__ == "__main__":
    main()
    print(BOARD.table())
