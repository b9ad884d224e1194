"""What a table looks like: mergeable counts per column, and quantiles from them.

Numbers fall into logarithmic buckets of 1 % relative error (Masson, Rim and Lee, DDSketch,
VLDB 2019), so that profiles of parts add up to the profile of the whole, in any order.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
LOG_GAMMA = math.log(GAMMA)
SMALLEST = 1e-9
MAX_VALUES = 1_000

type Cell = float | int | bool | str | None


def bucket_of(value: float) -> str:
    """The bucket of a finite number: sign and logarithm, `0` below 1e-9 in magnitude."""
    if abs(value) < SMALLEST:
        return "0"
    index = math.ceil(math.log(abs(value)) / LOG_GAMMA)
    return f"{'-' if value < 0 else '+'}{index}"


def bucket_value(bucket: str) -> float:
    """The number in the middle of a bucket, within 1 % of everything in it."""
    if bucket == "0":
        return 0.0
    magnitude = 2 * GAMMA ** int(bucket[1:]) / (GAMMA + 1)
    return -magnitude if bucket[0] == "-" else magnitude


class ColumnProfile(BaseModel):
    """Counts of one column; `counts` is by bucket for numbers, by value for categories."""

    # Squares of large numbers are infinite, which JSON has only as text.
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    kind: Literal["number", "category"]
    count: int = 0
    nulls: int = 0
    counts: dict[str, int] = {}
    others: int = 0
    minimum: float | None = None
    maximum: float | None = None
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of_cells(cls, kind: Literal["number", "category"], cells: Iterable[Cell]) -> Self:
        """Profile values as they come; None is missing."""
        seen = list(cells)
        present = [cell for cell in seen if cell is not None]
        shared = {"kind": kind, "count": len(seen), "nulls": len(seen) - len(present)}
        if kind == "category":
            return cls.model_validate(shared | _bounded(Counter(map(_label, present))))
        numbers = [float(cell) for cell in present]
        return cls.model_validate(shared | _summarise(numbers))

    @property
    def present(self) -> int:
        return self.count - self.nulls

    @property
    def mean(self) -> float | None:
        return self.total / self.present if self.kind == "number" and self.present else None

    @property
    def deviation(self) -> float | None:
        """The population's standard deviation."""
        if self.mean is None:
            return None
        return math.sqrt(max(0.0, self.squares / self.present - self.mean**2))

    def quantile(self, fraction: float) -> float | None:
        """Within 1 % of the exact quantile; None for categories and empty columns."""
        if self.kind != "number" or not self.present:
            return None
        rank = fraction * (self.present - 1)
        passed = 0
        for value, count in self.ordered():
            passed += count
            if passed > rank:
                return min(max(value, self.minimum or value), self.maximum or value)
        return self.maximum

    def ordered(self) -> Iterator[tuple[float, int]]:
        """Bucket values and their counts, from the smallest number to the largest."""
        yield from sorted((bucket_value(name), count) for name, count in self.counts.items())

    def merge(self, other: Self) -> Self:
        """The profile of both parts together."""
        counts = Counter(self.counts) + Counter(other.counts)
        bounded = {"counts": dict(counts)} if self.kind == "number" else _bounded(counts)
        merged: dict[str, Any] = {
            "kind": self.kind,
            "count": self.count + other.count,
            "nulls": self.nulls + other.nulls,
            "minimum": _pick(min, self.minimum, other.minimum),
            "maximum": _pick(max, self.maximum, other.maximum),
            "total": self.total + other.total,
            "squares": self.squares + other.squares,
        } | bounded
        merged["others"] = merged.get("others", 0) + self.others + other.others
        return type(self).model_validate(merged)


class Profile(BaseModel):
    """A table's profile: its number of rows and each column's counts."""

    model_config = ConfigDict(frozen=True)

    rows: int = 0
    columns: dict[str, ColumnProfile] = {}

    def merge(self, other: Self) -> Self:
        """The profile of both tables' rows; columns that only one of them has stay as they are."""
        names = {**self.columns, **other.columns}
        columns = {
            name: self.columns[name].merge(other.columns[name])
            if name in self.columns and name in other.columns
            else column
            for name, column in names.items()
        }
        return type(self)(rows=self.rows + other.rows, columns=columns)


def _label(cell: float | bool | str) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _summarise(numbers: list[float]) -> dict[str, Any]:
    return {
        "counts": dict(Counter(map(bucket_of, numbers))),
        "minimum": min(numbers, default=None),
        "maximum": max(numbers, default=None),
        "total": sum(numbers, 0.0),
        "squares": sum((number * number for number in numbers), 0.0),
    }


def _bounded(counts: Counter[str]) -> dict[str, Any]:
    kept = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_VALUES])
    return {"counts": kept, "others": counts.total() - sum(kept.values())}


def _pick(choose: Callable[[list[float]], float], *values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None
