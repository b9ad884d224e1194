"""A CSV file as people have them: ids, addresses, moments, numbers with holes, categories."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

ROWS = 100_000
WORDS = ["lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit"]
COLUMNS: dict[str, dict[str, Any]] = {
    "id": {"type": "id"},
    "email": {"type": "text"},
    "at": {"type": "timestamp"},
    "amount": {"type": "float", "min": 0},
    "weight": {"type": "float", "min": 0, "nullable": False},
    "height": {"type": "float"},
    "score": {"type": "float"},
    "ratio": {"type": "float", "min": 0, "max": 1, "missing": ["?"]},
    "age": {"type": "int", "min": 0, "max": 130},
    "count": {"type": "int"},
    "year": {"type": "int", "min": 1900},
    "region": {"type": "category", "values": ["north", "south", "east", "west"]},
    "kind": {"type": "category"},
    "city": {"type": "category"},
    "active": {"type": "bool"},
    "note": {"type": "text"},
    "label": {"type": "int"},
}


def write_csv(path: Path, size: float) -> Path:
    """Write about `size` bytes: values repeat every 100,000 rows, but for ids, people and time."""
    chance = np.random.default_rng(0)
    steady = _steady(chance)
    first, header = 0, True
    with path.open("wb") as file:
        while file.tell() < size:
            table = _moving(chance, first, steady)
            options = csv.WriteOptions(include_header=header, quoting_style="none")
            csv.write_csv(table.select(list(COLUMNS)), file, options)
            first, header = first + ROWS, False
    return path


def _steady(chance: np.random.Generator) -> pa.Table:
    words = np.array(WORDS)
    notes = np.char.add(np.char.add(chance.choice(words, ROWS), " "), chance.choice(words, ROWS))
    lognormal = chance.lognormal(0, 1, (3, ROWS))
    columns: dict[str, Any] = {
        "amount": _holes(chance, np.round(lognormal[0] * 40, 2), 0.02),
        "weight": np.round(lognormal[1], 4).astype(str),
        "height": _holes(chance, np.round(lognormal[2] * 100, 1), 0.05),
        "score": chance.normal(0, 1, ROWS).round(6).astype(str),
        "ratio": _holes(chance, chance.random(ROWS).round(5), 0.01, "?"),
        "age": _holes(chance, chance.integers(18, 99, ROWS), 0.01),
        "count": chance.poisson(5, ROWS).astype(str),
        "year": chance.integers(1990, 2026, ROWS).astype(str),
        "region": chance.choice(["north", "south", "east", "west"], ROWS),
        "kind": chance.choice([f"kind-{n}" for n in range(40)], ROWS),
        "city": _holes(chance, chance.choice([f"city {n}" for n in range(900)], ROWS), 0.03),
        "active": chance.choice(["true", "false"], ROWS),
        "note": notes,
        "label": chance.integers(0, 2, ROWS).astype(str),
    }
    return pa.table({name: pa.array(values.astype(object)) for name, values in columns.items()})


def _moving(chance: np.random.Generator, first: int, steady: pa.Table) -> pa.Table:
    people = pc.cast(pa.array(chance.integers(0, 10_000_000, ROWS)), pa.string())
    numbers = pc.cast(pa.array(first + np.arange(ROWS)), pa.string())
    seconds = (first + np.arange(ROWS)).astype("timedelta64[s]")
    moments = pa.array(np.datetime64("2024-01-01T00:00:00") + seconds)
    table = steady.append_column("id", pc.binary_join_element_wise("o-", numbers, ""))
    table = table.append_column("email", pc.binary_join_element_wise(people, "@example.org", ""))
    return table.append_column("at", pc.strftime(moments, format="%Y-%m-%dT%H:%M:%SZ"))


def _holes(
    chance: np.random.Generator,
    values: np.ndarray[Any, Any],
    share: float,
    marker: str = "",
) -> np.ndarray[Any, Any]:
    """The values as texts, a share of them missing."""
    texts = values.astype(str).astype(object)
    texts[chance.random(len(texts)) < share] = marker
    return texts
