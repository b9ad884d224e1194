"""Checks a request against the service's own API model, further than an SDK does."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from botocore.model import Shape


def errors(request: object, shape: "Shape") -> list[str]:
    """Everything the model has against the request; empty when it is valid."""
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        return [str(report.generate_report())]
    return list(_constraints(request, shape, shape.name))


def _constraints(value: Any, shape: "Shape", path: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            for name, member in value.items():
                if name in shape.members:
                    yield from _constraints(member, shape.members[name], f"{path}.{name}")
        case "list":
            yield from _length(len(value), shape, path)
            for index, item in enumerate(value):
                yield from _constraints(item, shape.member, f"{path}[{index}]")
        case "map":
            yield from _length(len(value), shape, path)
            for key, item in value.items():
                yield from _constraints(item, shape.value, f"{path}.{key}")
        case "string":
            yield from _length(len(value), shape, path)
            yield from _text(value, shape, path)
        case "integer" | "long":
            if value > shape.metadata.get("max", value):
                yield f"Value '{value}' at '{path}' must be at most {shape.metadata['max']}"


def _length(length: int, shape: "Shape", path: str) -> Iterator[str]:
    if length > shape.metadata.get("max", length):
        yield f"Length {length} at '{path}' must be at most {shape.metadata['max']}"


def _text(value: str, shape: "Shape", path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"Value '{value}' at '{path}' must be one of [{', '.join(allowed)}]"
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield f"Value '{value}' at '{path}' must satisfy regular expression pattern: {pattern}"


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        return True
