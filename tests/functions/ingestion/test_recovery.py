"""What is a row depends on the bytes alone, not on how a file is cut."""

import io
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.records import Layout
from tidemill_tabular.reading.blocks import Block, cut
from tidemill_tabular.reading.delimited import DelimitedText
from tidemill_tabular.reading.ranges import certain_start
from tidemill_tabular.reading.recovery import Grammar

LONGEST = 40


@dataclass
class Rows:
    """All rows of a file by number: the cells of good ones, the rules that others break."""

    good: list[tuple[int, Any]] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    @classmethod
    def read(cls, data: bytes, cells: int, size: int) -> "Rows":
        """Read with blocks of about `size` bytes, tails handed on."""
        names = tuple(f"c{number}" for number in range(cells))
        layout = Layout(format="csv", encoding="utf-8", delimiter=",", columns=names)
        text = DelimitedText(layout, {name: n for n, name in enumerate(names)}, LONGEST)
        blocks = list(cut(io.BytesIO(data), size, LONGEST))
        rows, tail = cls(), b""
        while blocks or tail:
            if tail and (not blocks or blocks[0].overlong is not None):
                block = Block(tail, last=True)
            else:
                block = blocks.pop(0)
                block = Block(tail + block.data, last=not blocks, overlong=block.overlong)
            tail = rows.add(text, block)
        return rows

    def add(self, text: DelimitedText, block: Block) -> bytes:
        found = text.read(block)
        cells = [tuple(row.values()) for row in found.batch.to_pylist()]
        self.good += [(self.count + int(n), c) for n, c in zip(found.numbers, cells, strict=True)]
        self.bad += [
            (self.count + fault["row"], fault["rule"]) for fault in found.faults.to_pylist()
        ]
        self.count += found.rows
        return found.tail

    def extend(self, other: "Rows") -> None:
        self.good += [(self.count + number, cells) for number, cells in other.good]
        self.bad += [(self.count + number, rule) for number, rule in other.bad]
        self.count += other.count


def edges(data: bytes, cells: int, part: int) -> list[int]:
    """Where ranges of about `part` bytes begin, and the end."""
    grammar, found = Grammar(",", cells, LONGEST), [0]
    target = part
    while target < len(data):
        first = max(0, target - LONGEST)
        window = data[first : target + 2 * LONGEST]
        start = certain_start(window, target - first, grammar if b'"' in window else None, LONGEST)
        if start is None:
            target += LONGEST
        elif first + start < len(data):
            found.append(first + start)
            target = found[-1] + part
        else:
            break
    return [*found, len(data)]


CELL = st.one_of(
    st.text("abc1", max_size=4),
    st.lists(st.sampled_from(["a", ",", "\n", '""', "b"]), max_size=6).map(
        lambda parts: f'"{"".join(parts)}"'
    ),
    st.lists(st.sampled_from(["a", '"', "b"]), max_size=3).map("".join),
)
NOISE = st.text('",\n\ra1 é', max_size=200).map(str.encode)
TABLES = st.builds(
    lambda rows, end: end.join(",".join(row) for row in rows).encode(),
    st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=15),
    st.sampled_from(["\n", "\r\n", "\r"]),
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(NOISE, TABLES), st.integers(1, 4), st.integers(1, 150), st.integers(20, 100))
def test_blocks_and_ranges_change_no_row(data: bytes, cells: int, size: int, part: int) -> None:
    """Whatever the block and the range, a row has the same number and the same cells or fault."""
    whole = Rows.read(data, cells, 10**6)
    numbers = sorted([number for number, _ in [*whole.good, *whole.bad]])
    assert numbers == list(range(whole.count))
    assert Rows.read(data, cells, size) == whole
    parts = Rows()
    for first, end in pairwise(edges(data, cells, part)):
        parts.extend(Rows.read(data[first:end], cells, size))
    assert parts == whole


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('a,b,c\n"d,e,f\ng,h,i\n', [0, 2], [1]),
        ('a,"b,c\nd,e,f\ng,h",i\n', [1, 2], [0]),
        ('a,"b\nx\ny",c\n', [0], []),
        ('a,"b,\nx, y, z\nbye",c\n', [0], []),
        ('a,"hello\nx, y, z\nyours, me",c\n', [0], []),
        ('a,"b ""x"" ",c\n', [0], []),
        ('a,5" pipe,c\n', [0], []),
        ("a,b\nc,d,e,f\ng,h,i", [2], [0, 1]),
        ("a,b,c\r\n\r\nd,e,f\rg,h,i\n", [0, 1, 2], []),
    ],
)
def test_a_stray_quote_costs_one_row(text: str, good: list[int], bad: list[int]) -> None:
    """A quote never closed takes its own line; cells with line ends stay whole, be they prose."""
    rows = Rows.read(text.encode(), 3, 10**6)
    assert [number for number, _ in rows.good] == good
    assert [number for number, _ in rows.bad] == bad
