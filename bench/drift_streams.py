"""Rows as a seed makes them, the same in every environment: 14 numbers and two categories."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

NUMBERS = tuple(f"f{place}" for place in range(14))
GROUPS = {"g": ("abcde", (0.5, 0.24, 0.1, 0.1, 0.06)), "h": ("xy", (0.5, 0.5))}
MOVED, INSIDE = "f3", "f5"

type Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Change:
    """What is added to f3 everywhere, and to f5 where g is e (6 % of rows), in deviations."""

    everywhere: float = 0.0
    inside: float = 0.0


def draw(dice: np.random.Generator, rows: int, change: Change = Change()) -> Columns:
    """So many rows, each on its own."""
    columns: Columns = {name: dice.normal(size=rows) for name in NUMBERS}
    for name, (labels, shares) in GROUPS.items():
        columns[name] = np.array(list(labels))[dice.choice(len(labels), size=rows, p=shares)]
    columns[MOVED] = columns[MOVED] + change.everywhere
    columns[INSIDE] = columns[INSIDE] + change.inside * (columns["g"] == "e")
    return columns


def windows(seed: int, number: int, rows: int, change: Change) -> Iterator[Columns]:
    """So many windows, one after the other."""
    dice = np.random.default_rng([seed, 1])
    for _ in range(number):
        yield draw(dice, rows, change)


def reference(seed: int, rows: int) -> Columns:
    """What windows of this seed are held against."""
    return draw(np.random.default_rng([seed, 0]), rows)


def wide(rows: int, numbers: int, seed: int = 0) -> Columns:
    """Numbers alone, for speed."""
    dice = np.random.default_rng(seed)
    return {f"f{place}": dice.normal(size=rows) for place in range(numbers)}
