"""Embedded metric format: log lines that are metrics, as CloudWatch Logs reads them."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Datum:
    """One metric in one dimension set, with every value the line carries."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    unit: str
    values: tuple[float, ...]
    timestamp: float


def read(message: str) -> list[Datum]:
    """The metrics in a log line; none when it is not well-formed EMF."""
    start = message.find("{")
    if start < 0 or '"_aws"' not in message:
        return []
    try:
        line = json.loads(message[start:])
        return list(_metrics(line))
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _metrics(line: dict[str, Any]) -> Iterator[Datum]:
    header = line["_aws"]
    for directive in header["CloudWatchMetrics"]:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(line[name]) for name in names}
            for metric in directive["Metrics"]:
                values = _values(line.get(metric["Name"]))
                if values:
                    yield Datum(
                        directive["Namespace"],
                        metric["Name"],
                        dimensions,
                        metric.get("Unit", "None"),
                        values,
                        header["Timestamp"] / 1000,
                    )


def _values(value: object) -> tuple[float, ...]:
    each = value if isinstance(value, list) else [value]
    return tuple(
        float(v)
        for v in each
        if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)
    )
