"""Categories, or codes of them, to numbers."""

from typing import Any

from tidemill.artifact.steps.step import Built, Row, index, number, sized


def ordinal(spec: dict[str, Any], width: int) -> Built:
    """A number for each category; `missing` and `unknown` have theirs, null being NaN."""
    columns = [
        (
            {c[0]: number(c[1]) for c in column["codes"]},
            number(column["missing"]),
            number(column["unknown"]),
        )
        for column in sized(spec["columns"], width)
    ]

    def encode(row: Row) -> Row:
        return [
            missing if cell != cell else codes.get(cell, unknown)
            for cell, (codes, missing, unknown) in zip(row, columns, strict=True)
        ]

    return encode, width


def onehot(spec: dict[str, Any], width: int) -> Built:
    """Indicators by position; `missing` and `unknown` are positions, or null for all zeros."""
    columns = sized(spec["columns"], width)
    lookups = []
    for column in columns:
        size = column["size"]
        codes = {c[0]: _slot(c[1], size) for c in column["codes"]}
        missing, unknown = (_slot(column[key], size) for key in ("missing", "unknown"))
        lookups.append((codes, missing, unknown, size))

    def encode(row: Row) -> Row:
        out: Row = []
        for cell, (codes, missing, unknown, size) in zip(row, lookups, strict=True):
            slots = [0.0] * size
            slot = missing if cell != cell else codes.get(cell, unknown)
            if slot is not None:
                slots[slot] = 1.0
            out += slots
        return out

    return encode, sum(column["size"] for column in columns)


def _slot(value: object, size: int) -> int | None:
    return None if value is None else index(value, size)
