"""The API's OpenAPI document, with one request schema for each pipeline's contract."""

from collections.abc import Sequence
from typing import Any

from inference.describe.schemas import (
    answer_schema,
    instance_schema,
    outcomes_schema,
    request_example,
    request_schema,
)
from inference.describe.security import SCHEMES, schemes, tell_of_tokens
from tidemill import __version__
from tidemill.contract import Contract

READS = {
    "/v1/costs": "What the month costs so far, by pipeline and room, and what is paid for nothing",
    "/v1/pipelines": "The names of all pipelines",
    "/v1/pipelines/{name}": "Contract, champion, challenger, runs, signature and cost",
    "/v1/pipelines/{name}/drops": "What landed, and what became of it",
    "/v1/pipelines/{name}/drops/{drop_id}/profile": "What a drop's data look like, as HTML",
    "/v1/pipelines/{name}/drift": "How far data are from what the champion learnt from",
    "/v1/pipelines/{name}/drift/{report}": "What drifted in a window, as HTML",
    "/v1/pipelines/{name}/quality": "How good predictions were, and what the test promised",
    "/v1/pipelines/{name}/releases": "Releases, how each went and why",
    "/v1/pipelines/{name}/batches": "Files dropped to be scored: how far they are, and why not",
    "/v1/pipelines/{name}/runs": "Training runs, their verdicts and their cost",
    "/v1/pipelines/{name}/models": "Models, their metrics and where they come from",
    "/v1/pipelines/{name}/models/{version}/lineage": "The dataset and the drops that made a model",
    "/v1/pipelines/{name}/models/{version}/report": "A model's report, as HTML",
}
PAGES = ("/report", "/profile", "/{report}")
SIGNED = {
    "/v1/pipelines/{name}/forget": ("post", "Forget a person"),
    "/v1/pipelines/{name}/forget/{request_id}": ("get", "What became of a request to forget"),
    "/v1/pipelines/{name}/models/{version}/approve": ("post", "Release a model"),
    "/v1/pipelines/{name}/models/{version}/reject": ("post", "Refuse a model, or take it back"),
    "/v1/pipelines/{name}/retrain": ("post", "Ask for another training run"),
    "/v1/pipelines/{name}/rollback": ("post", "Undo the newest release"),
}
FAULTS = {
    "400": "The request is not of the documented form",
    "403": "The caller is not known, or may not do this",
    "404": "No such pipeline, drop or model, or nothing that serves yet",
    "413": "More than a request may hold: 10,000 instances or outcomes, with "
    "`explain` 1,000 or as many as a large model explains in a second; 6,000,000 characters; ids "
    "of 128",
    "415": "The body is not said to be JSON",
    "422": "Instances or outcomes that break the contract; each fault names its field. Or "
    "`explain` of a model that cannot be explained exactly",
    "429": "Too many requests, a second or a day",
    "503": "No model can be loaded now",
    "504": "The request took too long",
}
EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": "whether each prediction says what every field adds to it",
    "schema": {"type": "boolean", "default": False},
}
CONFLICT = {"409": "Nothing to go back to, or the model serves"}
REASON = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "reason": {"type": "string", "maxLength": 500, "description": "why; it is recorded"},
        "request_id": {"type": "string", "description": "asking twice with it is asking once"},
    },
}
PERSON = {"type": "object", "description": "see docs/privacy.md"}
COME_BACK = {"429", "503"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def openapi(contracts: Sequence[Contract], access: str = "key", issuer: str = "") -> dict[str, Any]:
    """OpenAPI 3.1 of every route; `/v1/pipelines/<pipeline>/predictions` is typed.

    `access` is how a caller shows who it is: with an API `key`, signing by `iam`, or by a `jwt` of
    the `issuer`.
    """
    paths: dict[str, Any] = {path: {"get": _read(path, says)} for path, says in READS.items()}
    for contract in contracts:
        path = f"/v1/pipelines/{contract.pipeline}/predictions"
        paths[path] = {"post": _predict(contract)}
        told = f"/v1/pipelines/{contract.pipeline}/outcomes"
        paths[told] = {"post": _observe(contract)}
    for path, (method, says) in SIGNED.items():
        paths[path] = {method: _signed(method, says, path)}
    if access == "jwt":
        tell_of_tokens(paths, PROBLEM)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidemill", "version": __version__},
        "security": [{SCHEMES[access]: []}],
        "paths": paths,
        "components": {
            "securitySchemes": schemes(issuer),
            "schemas": {
                "Problem": _problem_schema(),
                **{f"{c.pipeline}-instance": instance_schema(c) for c in contracts},
            },
        },
    }


def _read(path: str, says: str) -> dict[str, Any]:
    media = "text/html" if path.endswith(PAGES) else "application/json"
    return {
        "summary": says,
        "parameters": _parameters(path),
        "responses": {
            "200": {"description": says, "content": {media: {}}},
            **_faults("403", "404", "429"),
        },
    }


def _parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("name", "drop_id", "version", "request_id", "report")
        if f"{{{name}}}" in path
    ]


def _predict(contract: Contract) -> dict[str, Any]:
    media = {
        "schema": request_schema(contract),
        "examples": {"one": {"value": request_example(contract)}},
    }
    answer = {"application/json": {"schema": answer_schema(contract)}}
    return {
        "summary": f"Predict {contract.target}",
        "parameters": [EXPLAIN],
        "requestBody": {"required": True, "content": {"application/json": media}},
        "responses": {
            "200": {"description": "Predictions, in the order of the instances", "content": answer},
            **_faults(*FAULTS),
        },
    }


def _observe(contract: Contract) -> dict[str, Any]:
    media = {"application/json": {"schema": outcomes_schema(contract)}}
    taken = {"type": "object", "properties": {"taken": {"type": "integer"}}}
    return {
        "summary": f"Tell what {contract.target} came to, by the predictions' ids",
        "requestBody": {"required": True, "content": media},
        "responses": {
            "202": {
                "description": "So many outcomes were taken",
                "content": {"application/json": {"schema": taken}},
            },
            **_faults("400", "403", "404", "413", "422", "429"),
        },
    }


def _faults(*statuses: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status in statuses:
        found[status] = {"description": {**FAULTS, **CONFLICT}[status], "content": PROBLEM}
        if status in COME_BACK:
            found[status]["headers"] = {
                "Retry-After": {"description": "seconds", "schema": {"type": "integer"}}
            }
    return found


def _signed(method: str, says: str, path: str) -> dict[str, Any]:
    """What an operator asks for, with AWS credentials whatever other callers need."""
    operation: dict[str, Any] = {
        "summary": says,
        "security": [{"Signature": []}],
        "parameters": _parameters(path),
        "responses": {
            "202" if method == "post" else "200": {
                "description": says,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            **_faults("400", "403", "404", "409", "429"),
        },
    }
    if method == "post":
        media = {"application/json": {"schema": PERSON if path.endswith("forget") else REASON}}
        operation["requestBody"] = {"required": True, "content": media}
    return operation


def _problem_schema() -> dict[str, Any]:
    error = {
        "type": "object",
        "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
    }
    return {
        "type": "object",
        "required": ["title", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": error},
        },
    }
