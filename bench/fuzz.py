"""Thousands of generated requests against the prediction API, in process, by its own document.

    uv pip install schemathesis     # which nothing else here needs
    python -m bench.fuzz [requests]

Half are as the OpenAPI document says, half are not. Every answer must be one that the document
knows, in status, media type and body, and none a 5xx.
"""

import contextlib
import io
import sys
from collections import Counter
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.specs.openapi import checks as said

from bench.served import serve
from inference.describe.openapi import openapi
from tidemill.artifact import Feature, Header, Rules, Signature
from tidemill.artifact.document import pack
from tidemill.contract import parse_contract

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
CHECKS = [
    checks.not_a_server_error,
    said.status_code_conformance,
    said.content_type_conformance,
    said.response_schema_conformance,
]


def main() -> None:
    """Print how many requests got which status; AssertionError at the first that is wrong."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    contract = parse_contract(CONTRACT)
    document = openapi([contract])
    path = f"/v1/pipelines/{contract.pipeline}/predictions"
    operation = schemathesis.openapi.from_dict(document)[path]["POST"]
    handler, seen = serve(_artifact(), contract.pipeline), Counter[int]()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=wanted // 2,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def ask(case: Any) -> None:  # noqa: ANN401 - schemathesis ships its own types
            prepared = requests.Request(**case.as_transport_kwargs(base_url="http://api")).prepare()
            answer = handler(_event(prepared), None)
            seen[answer["statusCode"]] += 1
            case.validate_response(_response(prepared, answer), checks=CHECKS)

        with contextlib.redirect_stdout(io.StringIO()):
            ask()
    print(f"{seen.total()} requests:", dict(sorted(seen.items())))


def _artifact() -> bytes:
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


def _event(request: requests.PreparedRequest) -> dict[str, Any]:
    """What API Gateway makes of it."""
    body = request.body or b""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    name = unquote(urlsplit(str(request.url)).path.split("/")[3])
    headers = {name: _text(value) for name, value in request.headers.items()}
    return {"pathParameters": {"name": name}, "headers": headers, "body": text}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(request: requests.PreparedRequest, answer: dict[str, Any]) -> schemathesis.Response:
    return schemathesis.Response(
        status_code=answer["statusCode"],
        headers={name: [value] for name, value in answer["headers"].items()},
        content=answer["body"].encode(),
        request=request,
        elapsed=0.0,
        verify=False,
    )


if __name__ == "__main__":
    main()
