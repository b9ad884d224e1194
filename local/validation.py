"""Checks a request against the service's own API model, further than an SDK does."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, StringShape, StructureShape
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from botocore.model import Shape


def errors(request: dict[str, Any], shape: "Shape") -> list[str]:
    """Everything the model has against the request; empty when it is valid."""
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        return [str(report.generate_report())]
    return list(_constraints(request, shape, shape.name))


def _constraints(value: Any, shape: "Shape", path: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str | list | dict) and not isinstance(shape, StructureShape):
        yield from _length(len(value), shape, path)
    if isinstance(shape, StringShape):
        yield from _text(value, shape, path)
    elif shape.type_name in {"integer", "long"}:
        if value > shape.metadata.get("max", value):
            yield f"Value '{value}' at '{path}' must be at most {shape.metadata['max']}"
    else:
        for name, item, inner in _items(value, shape):
            yield from _constraints(item, inner, path + name)


def _items(value: Any, shape: "Shape") -> Iterator[tuple[str, Any, "Shape"]]:  # noqa: ANN401 - JSON
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            if name in shape.members:
                yield f".{name}", item, shape.members[name]
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            yield f"[{index}]", item, shape.member
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield f".{key}", item, shape.value


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
