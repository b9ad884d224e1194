"""A contract as JSON Schema: what an instance holds, and what comes back."""

from typing import Any

from tidemill.artifact import label_text
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.contract import Column, Contract, Serving

TYPES: dict[str, dict[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "category": {"type": "string"},
    "text": {"type": "string", "maxLength": MOST_CHARACTERS},
    "timestamp": {"type": "string", "format": "date-time"},
}
EXAMPLES: dict[str, Any] = {
    "int": 1,
    "float": 1.5,
    "bool": True,
    "category": "a",
    "text": "a text",
    "timestamp": "2026-03-01T12:30:00+01:00",
}
DECIDED = {
    "binary": "the second class from the model's own threshold on, which need not be one half",
    "multiclass": "the likeliest class",
}


def request_schema(contract: Contract) -> dict[str, Any]:
    """The body of a request for predictions."""
    instance = {"$ref": f"#/components/schemas/{contract.pipeline}-instance"}
    ids = {
        "type": "array",
        "description": "as many as instances; one is made for each where they are left out",
        "uniqueItems": True,
        "items": {"type": "string", "minLength": 1, "maxLength": 128},
    }
    return {
        "type": "object",
        "required": ["instances"],
        "additionalProperties": False,
        "properties": {
            "instances": {"type": "array", "minItems": 1, "maxItems": 10_000, "items": instance},
            "ids": ids,
        },
    }


def request_example(contract: Contract) -> dict[str, Any]:
    """A request that a model of this contract answers."""
    features = contract.feature_columns()
    return {
        "instances": [{name: _example(column) for name, column in features.items()}],
        "ids": ["today-1"],
    }


def outcomes_schema(contract: Contract) -> dict[str, Any]:
    """The body of a request that tells what came true."""
    column = contract.columns()[contract.target]
    value: dict[str, Any] = TYPES[column.type] | _bounds(column)
    if column.values is not None:
        value["enum"] = list(column.values)
    named = {"type": "string", "minLength": 1, "maxLength": 128}
    outcome = {
        "type": "object",
        "required": ["id", "value"],
        "additionalProperties": False,
        "properties": {"id": {**named, "description": "a prediction's"}, "value": value},
    }
    told = {"type": "array", "minItems": 1, "maxItems": 10_000, "items": outcome}
    return {
        "type": "object",
        "required": ["outcomes"],
        "additionalProperties": False,
        "properties": {"outcomes": told},
    }


def answer_schema(contract: Contract) -> dict[str, Any]:
    """The body of an answer."""
    prediction: dict[str, Any] = {"id": {"type": "string"}, "value": {"type": "number"}}
    required = ["id", "value"]
    if contract.problem != "regression":
        probability = {"type": "number", "minimum": 0, "maximum": 1}
        prediction["probabilities"] = {"type": "object", "additionalProperties": probability}
        prediction["value"] = {"description": DECIDED[contract.problem]}
        required.append("probabilities")
    prediction["explanation"] = _explanation_schema(contract)
    prediction["model"] = {
        "type": "string",
        "description": "the model of a release under way that answered this id in the champion's "
        "place; absent where the champion answered",
    }
    item = {"type": "object", "required": required, "properties": prediction}
    return {
        "type": "object",
        "required": ["model", "predictions"],
        "properties": {
            "model": {"type": "string", "examples": [f"{contract.pipeline}/1"]},
            "predictions": {"type": "array", "minItems": 1, "items": item},
        },
    }


def _explanation_schema(contract: Contract) -> dict[str, Any]:
    """What is answered where `explain` asks for it."""
    label = {"type": "string", "description": "of two classes the second, else the one answered"}
    gains = {name: {"type": "number"} for name in contract.feature_columns()}
    required = ["of", "base", "contributions"]
    classes = contract.problem != "regression"
    return {
        "type": "object",
        "description": "base and contributions, which add up to what the model adds up",
        "required": [*required, "class"] if classes else required,
        "properties": {
            "of": {"type": "string", "examples": ["log_odds" if classes else "value"]},
            "base": {"type": "number"},
            "contributions": {"type": "object", "properties": gains},
            **({"class": label} if classes else {}),
        },
    }


def instance_schema(contract: Contract) -> dict[str, Any]:
    """One instance: its features in their types; what is refused beyond that is said too."""
    features, rules = contract.feature_columns(), contract.serving
    every = rules.missing == "reject"
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, column in features.items() if every or not column.nullable],
        "properties": {
            **{name: _field_schema(column, rules) for name, column in features.items()},
            contract.target: {"description": "ignored: it is what is predicted"},
        },
    }


def _field_schema(column: Column, rules: Serving) -> dict[str, Any]:
    """A bound or a list is a rule where the contract rejects what is beyond, else it is told."""
    schema: dict[str, Any] = dict(TYPES[column.type])
    nullable = column.nullable and rules.missing == "impute"
    if nullable:
        schema["type"] = [schema["type"], "null"]
    said = [", ".join(filter(None, (column.description, column.unit)))]
    bounds = _bounds(column)
    if rules.out_of_range == "reject":
        schema |= bounds
    elif bounds:
        said.append(f"taken as missing outside {_range(column)}")
    if column.type == "category" and column.values is not None:
        known = [label_text(value) for value in column.values]
        if rules.unseen == "reject":
            schema["enum"] = [*known, *([None] if nullable else [])]
        else:
            schema["examples"] = known
            said.append("another value is taken as training takes the unknown")
    if any(said):
        schema["description"] = "; ".join(
            filter(None, (", ".join(filter(None, said[:2])), *said[2:]))
        )
    return schema


def _bounds(column: Column) -> dict[str, float]:
    bounds = {"minimum": column.min, "maximum": column.max}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _range(column: Column) -> str:
    low = "" if column.min is None else f"{column.min:g}"
    high = "" if column.max is None else f"{column.max:g}"
    return f"{low}..{high}"


def _example(column: Column) -> Any:  # noqa: ANN401 - of the column's type
    if column.values:
        first = column.values[0]
        return label_text(first) if column.type == "category" else first
    example = EXAMPLES[column.type]
    if column.type in {"int", "float"}:
        low = example if column.min is None else max(column.min, example)
        example = low if column.max is None else min(column.max, low)
        return int(example) if column.type == "int" else example
    return example
