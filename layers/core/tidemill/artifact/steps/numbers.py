"""Numbers to numbers."""

from array import array
from typing import Any

from tidemill.artifact.steps.step import Built, Row, index, sized
from tidemill.errors import ArtifactError


def impute(spec: dict[str, Any], width: int) -> Built:
    """Fill missing numbers; append a 0/1 flag for each position in `flags`."""
    fills = [float(f) for f in sized(spec["fills"], width)]
    flags = [index(i, width) for i in spec["flags"]]

    def fill(row: Row) -> Row:
        filled = [f if cell != cell else cell for cell, f in zip(row, fills, strict=True)]
        return filled + [float(row[i] != row[i]) for i in flags]

    return fill, width + len(flags)


def scale(spec: dict[str, Any], width: int) -> Built:
    """Subtract `mean`, divide by `scale`."""
    means = [float(m) for m in sized(spec["mean"], width)]
    scales = [float(s) for s in sized(spec["scale"], width)]
    if 0.0 in scales:
        raise ArtifactError("a scale step divides by zero")

    def shift(row: Row) -> Row:
        return [(x - m) / s for x, m, s in zip(row, means, scales, strict=True)]

    return shift, width


def clip(spec: dict[str, Any], width: int) -> Built:
    """Keep numbers between `low` and `high`."""
    low, high = float(spec["low"]), float(spec["high"])

    def bound(row: Row) -> Row:
        return [min(max(x, low), high) for x in row]

    return bound, width


def single(_spec: dict[str, Any], width: int) -> Built:
    """Numbers as 32-bit floats, as scikit-learn's forests compare them."""

    def round_off(row: Row) -> Row:
        return list(array("f", row))

    return round_off, width


def polynomial(spec: dict[str, Any], width: int) -> Built:
    """Products of the listed positions; an empty list is the constant one."""
    terms = [[index(i, width) for i in term] for term in spec["terms"]]

    def multiply(row: Row) -> Row:
        out: Row = []
        for term in terms:
            product = 1.0
            for i in term:
                product *= row[i]
            out.append(product)
        return out

    return multiply, len(terms)
