"""Values one by one to the counts of their kind: what ingestion does with whole columns."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from tidemill.profile.buckets import bucket_of
from tidemill.profile.hashes import hash_integer, hash_number, hash_text
from tidemill.profile.keeping import MAX_VALUES, MOST_EXACT, PERIODS, coarsen, thin
from tidemill.profile.sketch import Sketch

type Cell = float | int | bool | str | datetime | None
type Fields = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FINEST = -1074


def read_numbers(present: Iterable[Cell]) -> Fields:
    numbers = [float(cell) + 0.0 for cell in present]  # type: ignore[arg-type]
    values = Counter(numbers)
    return {
        "counts": dict(Counter(map(bucket_of, numbers))),
        "values": dict(values) if len(values) <= MOST_EXACT else None,
        "sketch": Sketch.of(map(hash_number, values)),
        **sums(numbers),
    }


def read_categories(present: Iterable[Cell]) -> Fields:
    every = Counter(map(_label, present))
    counts, thinned = thin(dict(every), 0, MAX_VALUES)
    return {
        "counts": counts,
        "thinned": thinned,
        "others": every.total() - sum(counts.values()),
        "sketch": Sketch.of(map(hash_text, every)),
    }


def read_timestamps(present: Iterable[Cell]) -> Fields:
    moments = [cell.astimezone(UTC) for cell in present if isinstance(cell, datetime)]
    ticks = [(moment - EPOCH) // timedelta(microseconds=1) for moment in moments]
    names = Counter(moment.isoformat()[: PERIODS[0]] for moment in moments)
    return {
        "counts": coarsen(dict(names), PERIODS[0]),
        "sketch": Sketch.of(map(hash_integer, ticks)),
        "minimum": min(ticks) / 1e6 if ticks else None,
        "maximum": max(ticks) / 1e6 if ticks else None,
    }


def read_texts(present: Iterable[Cell]) -> Fields:
    texts = [str(cell) for cell in present]
    return {**sums([float(len(text)) for text in texts]), **read_ids(texts)}


def read_ids(present: Iterable[Cell]) -> Fields:
    return {"sketch": Sketch.of(hash_text(str(cell)) for cell in present)}


def sums(numbers: Sequence[float]) -> Fields:
    """Extremes and exact sums of finite numbers: in whole units of the finest double."""
    total = squares = 0
    for number in numbers:
        top, bottom = number.as_integer_ratio()
        units = top << (1 - FINEST - bottom.bit_length())
        total, squares = total + units, squares + units * units
    return {
        "minimum": min(numbers, default=None),
        "maximum": max(numbers, default=None),
        "total": Fraction(total, 1 << -FINEST),
        "squares": Fraction(squares, 1 << -2 * FINEST),
    }


def _label(cell: Cell) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


READERS: dict[str, Callable[[Iterable[Cell]], Fields]] = {
    "number": read_numbers,
    "category": read_categories,
    "timestamp": read_timestamps,
    "text": read_texts,
    "id": read_ids,
}
