"""The API's OpenAPI document, with one request schema for each pipeline's contract."""

from collections.abc import Sequence
from typing import Any

from tidemill import __version__
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.contract import Column, Contract

TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "category": {"type": "string"},
    "text": {"type": "string", "maxLength": MOST_CHARACTERS},
    "timestamp": {"type": "string", "format": "date-time"},
}
READS = {
    "/v1/pipelines": "The names of all pipelines",
    "/v1/pipelines/{name}": "Contract, champion, challenger, runs, signature and cost",
    "/v1/pipelines/{name}/drops": "What landed, and what became of it",
    "/v1/pipelines/{name}/drops/{drop_id}/profile": "What a drop's data look like, as HTML",
    "/v1/pipelines/{name}/runs": "Training runs, their verdicts and their cost",
    "/v1/pipelines/{name}/models": "Models, their metrics and where they come from",
    "/v1/pipelines/{name}/models/{version}/lineage": "The dataset and the drops that made a model",
    "/v1/pipelines/{name}/models/{version}/report": "A model's report, as HTML",
}
DECIDED = {
    "binary": "the second class from the model's own threshold on, which need not be one half",
    "multiclass": "the likeliest class",
}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def openapi(contracts: Sequence[Contract]) -> dict[str, Any]:
    """OpenAPI 3.1 of every route; `/v1/pipelines/<pipeline>/predictions` is typed."""
    paths: dict[str, Any] = {path: {"get": _read(path, says)} for path, says in READS.items()}
    for contract in contracts:
        path = f"/v1/pipelines/{contract.pipeline}/predictions"
        paths[path] = {"post": _predict(contract)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidemill", "version": __version__},
        "security": [{"ApiKey": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            "schemas": {
                "Problem": _problem_schema(),
                **{f"{c.pipeline}-instance": _instance_schema(c) for c in contracts},
            },
        },
    }


def _read(path: str, says: str) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("name", "drop_id", "version")
        if f"{{{name}}}" in path
    ]
    media = "text/html" if path.endswith(("/report", "/profile")) else "application/json"
    return {
        "summary": says,
        "parameters": parameters,
        "responses": {
            "200": {"description": says, "content": {media: {}}},
            "404": {"description": "No such pipeline, drop or model", "content": PROBLEM},
        },
    }


def _predict(contract: Contract) -> dict[str, Any]:
    instance = {"$ref": f"#/components/schemas/{contract.pipeline}-instance"}
    body = {
        "type": "object",
        "required": ["instances"],
        "additionalProperties": False,
        "properties": {
            "instances": {"type": "array", "minItems": 1, "maxItems": 10_000, "items": instance},
            "ids": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 128}},
        },
    }
    faults = {
        "400": "The body is not of the documented form",
        "404": "No such pipeline, or it serves no model yet",
        "413": "Too many instances",
        "422": "Instances that break the contract; each fault names instance and field",
    }
    return {
        "summary": f"Predict {contract.target}",
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {
                "description": "Predictions",
                "content": {"application/json": {"schema": _answer_schema(contract)}},
            },
            **{code: {"description": text, "content": PROBLEM} for code, text in faults.items()},
        },
    }


def _answer_schema(contract: Contract) -> dict[str, Any]:
    prediction: dict[str, Any] = {"id": {"type": "string"}, "value": {}}
    if contract.problem != "regression":
        probability = {"type": "number", "minimum": 0, "maximum": 1}
        prediction["probabilities"] = {"type": "object", "additionalProperties": probability}
        prediction["value"] = {"description": DECIDED[contract.problem]}
    item = {"type": "object", "required": ["id", "value"], "properties": prediction}
    return {
        "type": "object",
        "required": ["model", "predictions"],
        "properties": {
            "model": {"type": "string"},
            "predictions": {"type": "array", "items": item},
        },
    }


def _instance_schema(contract: Contract) -> dict[str, Any]:
    features = contract.feature_columns()
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, column in features.items() if not column.nullable],
        "properties": {
            **{name: _field_schema(column) for name, column in features.items()},
            contract.target: {"description": "ignored: it is what is predicted"},
        },
    }


def _field_schema(column: Column) -> dict[str, Any]:
    schema: dict[str, Any] = dict(TYPES[column.type])
    if column.nullable:
        schema["type"] = [schema["type"], "null"]
    if said := ", ".join(filter(None, (column.description, column.unit))):
        schema["description"] = said
    if column.values is not None:
        schema["enum"] = [*column.values, *([None] if column.nullable else [])]
    return schema


def _problem_schema() -> dict[str, Any]:
    error = {
        "type": "object",
        "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
    }
    return {
        "type": "object",
        "required": ["title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": error},
        },
    }
