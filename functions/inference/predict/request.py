"""A request body as typed rows, or every fault in it, each with its JSON pointer."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tidemill.artifact import Artifact, Feature, Scalar
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.errors import RequestError
from tidemill.moments import read_moment

MOST_INSTANCES = 10_000
MOST_BODY_CHARACTERS = 6_000_000
MOST_ID_CHARACTERS = 128
A_MOMENT = "2026-03-01T12:30:00+01:00"
EXPECTED = {"timestamp": f"a timestamp such as {A_MOMENT!r}"}
type Row = dict[str, Scalar | None]


class TooManyInstancesError(RequestError):
    """More instances than one request may hold."""


@dataclass
class PredictionRequest:
    """Rows to score and their ids; with `faults`, nothing is scored."""

    rows: list[Row]
    ids: list[str]
    faults: list[RequestError] = field(default_factory=list)
    invalid: int = 0


def parse_request(body: str, artifact: Artifact) -> PredictionRequest:
    """Read `{"instances": [...], "ids": [...]}`; RequestError where it is not of that form."""
    if len(body) > MOST_BODY_CHARACTERS:
        raise TooManyInstancesError(
            f"the body has {len(body)} characters: at most {MOST_BODY_CHARACTERS} a request", ""
        )
    document = _document(body)
    instances = document["instances"]
    request = PredictionRequest(rows=[], ids=_ids(document.get("ids"), len(instances)))
    expected = {feature.name: feature for feature in artifact.signature.features}
    ignorable = {artifact.header.target}
    for position, instance in enumerate(instances):
        row, faults = _row(instance, f"/instances/{position}", expected, ignorable)
        request.rows.append(row)
        request.faults += faults
        request.invalid += bool(faults)
    return request


def _document(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise RequestError(f"the body is not JSON: {fault}") from fault
    if not isinstance(document, dict):
        raise RequestError('the body is a JSON object: {"instances": [{...}]}')
    if unknown := document.keys() - {"instances", "ids"}:
        raise RequestError("is no member of a request", f"/{min(unknown)}")
    instances = document.get("instances")
    if not isinstance(instances, list) or not instances:
        raise RequestError("instances is a list with at least one object", "/instances")
    if len(instances) > MOST_INSTANCES:
        raise TooManyInstancesError(
            f"{len(instances)} instances: at most {MOST_INSTANCES} a request; send several",
            "/instances",
        )
    return document


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _ids(given: object, count: int) -> list[str]:
    if given is None:
        return [str(uuid4()) for _ in range(count)]
    if not isinstance(given, list) or len(given) != count:
        raise RequestError(f"ids is a list of {count}, one for each instance", "/ids")
    for position, name in enumerate(given):
        if not isinstance(name, str) or not 0 < len(name) <= MOST_ID_CHARACTERS:
            raise RequestError(
                f"an id is a text of 1 to {MOST_ID_CHARACTERS} characters", f"/ids/{position}"
            )
    if len(set(given)) != count:
        raise RequestError("two instances have the same id", "/ids")
    return given


def _row(
    instance: object, pointer: str, expected: Mapping[str, Feature], ignorable: set[str]
) -> tuple[Row, list[RequestError]]:
    if not isinstance(instance, dict):
        return {}, [RequestError("an instance is a JSON object", pointer)]
    row: Row = {}
    faults = [
        RequestError(
            f"is no feature of this model; its features are {', '.join(expected)}",
            f"{pointer}/{_escape(name)}",
        )
        for name in instance
        if name not in expected and name not in ignorable
    ]
    for name, feature in expected.items():
        try:
            row[name] = _value(instance.get(name), feature, given=name in instance)
        except ValueError as fault:
            faults.append(RequestError(str(fault), f"{pointer}/{_escape(name)}"))
    return row, faults


def _value(cell: object, feature: Feature, *, given: bool) -> Scalar | None:
    """The cell in the feature's type; coerced only where nothing is lost."""
    if cell is None:
        if feature.nullable:
            return None
        raise ValueError("is null, and may not be" if given else "is missing")
    if feature.type in {"int", "float"}:
        return _number(cell, feature)
    if feature.type == "bool":
        if not isinstance(cell, bool):
            raise ValueError(f"is {_kind(cell)} where true or false belongs")
        return cell
    if not isinstance(cell, str):
        raise ValueError(f"is {_kind(cell)} where {EXPECTED.get(feature.type, 'a text')} belongs")
    if feature.type == "timestamp":
        return _moment(cell)
    if feature.type == "text" and len(cell) > MOST_CHARACTERS:
        raise ValueError(f"has {len(cell)} characters, and a text has at most {MOST_CHARACTERS}")
    if feature.values and cell not in feature.values:
        raise ValueError(f"{cell!r} is none of {', '.join(feature.values)}")
    return cell


def _number(cell: object, feature: Feature) -> float | int:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise ValueError(f"is {_kind(cell)} where a number belongs")
    try:
        number = float(cell)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("is not a finite number")
    if feature.type == "int" and not number.is_integer():
        raise ValueError(f"is {cell} where a whole number belongs")
    return cell


def _moment(cell: str) -> str:
    if read_moment(cell) is None:
        raise ValueError(f"{cell[:64]!r} is no ISO 8601 timestamp, such as {A_MOMENT}")
    return cell


def _kind(cell: object) -> str:
    names = {bool: "a truth value", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(cell), "a number")


def _escape(name: str) -> str:
    """One part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
