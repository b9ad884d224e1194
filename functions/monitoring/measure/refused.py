"""Rows of a file of outcomes that cannot be used: what is wrong with them, and which they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from tidemill_tabular.reading.cells import Cells

NAMED, SHOWN, EXCERPT = 5, 3, 60

type Mask = tuple[str, pa.Array, str]


@dataclass
class Fault:
    """How many rows break a rule, and the first of them: number and raw text, or nothing."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, rows: "Fault", offset: int) -> None:
        """Count those that follow, of which the first is row `offset`."""
        self.count += rows.count
        moved = [(number + offset, raw) for number, raw in rows.first]
        self.first = (self.first + moved)[:SHOWN]

    def __str__(self) -> str:
        """The first rows, and how many more there are."""
        shown = [f"row {number}" + (f" ({raw!r})" if raw else "") for number, raw in self.first]
        more = self.count - len(shown)
        return ", ".join(shown) + (f" and {more:,} more" if more else "")


type Faults = dict[str, Fault]


def faults_of(cells: Cells, masks: Iterable[Mask], *, quote: bool, quote_rows: bool) -> Faults:
    """By rule the rows of a stretch that break it, numbered from 0 within the stretch.

    A mask has a column's name, the rows of the batch, and the rule. `quote` says whether cells may
    be shown, `quote_rows` whether a row that is none of the table may be, as it stands.
    """
    found: Faults = {}
    for number, rule, raw in _broken_rows(cells.faults):
        found.setdefault(rule, Fault()).add(Fault(1, [(number, raw if quote_rows else "")]), 0)
    numbers, texts = pa.array(cells.numbers), cells.batch.schema.names
    for name, mask, rule in masks:
        rows = numbers.filter(mask)
        if not len(rows):
            continue
        raws = [""] * SHOWN
        if quote and name in texts:
            raws = [_excerpt(raw) for raw in cells.batch[name].filter(mask)[:SHOWN].to_pylist()]
        first = list(zip(rows[:SHOWN].to_pylist(), raws, strict=False))
        found.setdefault(f"{name}: {rule}", Fault()).add(Fault(len(rows), first), 0)
    return found


def reasons_of(faults: Faults) -> tuple[str, ...]:
    """The commonest five rules with the rows that break them."""
    commonest = sorted(faults.items(), key=lambda each: -each[1].count)
    return tuple(f"{rule}: {rows}" for rule, rows in commonest[:NAMED])


def _broken_rows(faults: pa.Table) -> Iterator[tuple[int, str, str]]:
    columns = (faults[name].to_pylist() for name in ("row", "rule", "raw"))
    for number, rule, raw in zip(*columns, strict=True):
        yield number, rule, _excerpt(raw)


def _excerpt(raw: str | None) -> str:
    return (raw or "")[:EXCERPT]
