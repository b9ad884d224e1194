"""Times as the three places write them: the API, Step Functions, and EventBridge."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

type Document = dict[str, Any]


def epoch_seconds(document: Document) -> Document:
    """Times as the JSON API has them: seconds since the epoch, with a fraction."""
    return {k: _each(v, lambda moment: moment.timestamp()) for k, v in document.items()}


def epoch_millis(document: Document) -> Document:
    """Times as training events and `.sync` results have them: whole milliseconds."""
    return {
        k: _each(v, lambda moment: round(moment.timestamp() * 1000)) for k, v in document.items()
    }


def iso(seconds: float) -> str:
    """A time as model package events have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _each(value: Any, convert: Callable[[datetime], float]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, datetime):
        return convert(value)
    if isinstance(value, dict):
        return {k: _each(v, convert) for k, v in value.items()}
    if isinstance(value, list):
        return [_each(v, convert) for v in value]
    return value
