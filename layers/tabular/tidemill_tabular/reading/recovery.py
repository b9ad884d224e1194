"""Rows of a CSV file told apart one by one, where a block is not clean.

What is a row depends on nothing but the bytes from its first one on: not on blocks, not on parts.
A line is a row, unless it leaves a quote open: then the lines that follow belong to it, if RFC 4180
to the letter, the number of cells and the longest row allow that; else the line alone is refused
and the next one starts anew, so that one stray quote costs one row and swallows none.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from tidemill_tabular.reading.blocks import EXCERPT, LONGEST_ROW, TOO_LONG

LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\n|\r|\Z)")
NARROW = 2


@dataclass
class Scanned:
    """A block's rows: `good` as they stand, numbered from 0 with the bad ones among them."""

    good: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    faults: list[tuple[int, str, bytes]] = field(default_factory=list)
    rows: int = 0
    tail: bytes = b""

    def accept(self, record: bytes) -> None:
        self.good.append(record)
        self.numbers.append(self.rows)
        self.rows += 1

    def refuse(self, rule: str, record: bytes) -> None:
        self.faults.append((self.rows, rule, record[:EXCERPT]))
        self.rows += 1


@dataclass(frozen=True)
class Grammar:
    """How a row of so many cells is written with a delimiter."""

    delimiter: str
    cells: int
    longest: int = LONGEST_ROW

    def scan(self, data: bytes, *, last: bool) -> Scanned:
        """Tell the rows apart; an unfinished one at the end is the `tail`, unless `last`."""
        found = Scanned()
        at = 0
        while at < len(data):
            end = line_end(data, at)
            line = data[at:end].rstrip(b"\r\n")
            if not line:
                pass
            elif (cells := self.count(line)) is not None:
                self._sort(line, cells, found)
            elif joined := self.joined(data, at):
                self._sort(data[at:joined].rstrip(b"\r\n"), self.cells, found)
                end = joined
            elif not last and len(data) - at < self.longest:
                found.tail = data[at:]
                return found
            else:
                found.refuse("opens a quote that is never closed", line)
            at = end
        return found

    def joined(self, data: bytes, at: int) -> int | None:
        """Where the row of several lines that starts at `at` ends; None where there is no such."""
        end = self.strict_end(data, at)
        if end is None:
            return None
        row = data[at:end].rstrip(b"\r\n")
        return None if self.count(row) != self.cells or self._swallows(row) else end

    def strict_end(self, data: bytes, at: int) -> int | None:
        """Where the row that starts at `at` ends to the letter of RFC 4180, whatever its cells."""
        match = _strict(self.delimiter).match(data, at, at + self.longest)
        if match is None or not _ends_line(data, match.end()):
            return None
        return line_end(data, match.end())

    def count(self, row: bytes) -> int | None:
        """The number of cells in a row; None where a quote stays open."""
        if b'"' not in row:
            return row.count(self.delimiter.encode()) + 1
        closed, end, cells = row + self.delimiter.encode(), 0, 0
        for match in _lenient(self.delimiter).finditer(closed):
            if match.start() != end:
                return None
            end, cells = match.end(), cells + 1
        return cells if end == len(closed) else None

    def _sort(self, line: bytes, cells: int, found: Scanned) -> None:
        if len(line) > self.longest:
            found.refuse(TOO_LONG, line)
        elif cells != self.cells:
            found.refuse(f"has {cells} cells where the header has {self.cells}", line)
        elif not is_utf8(line):
            found.refuse("holds bytes that are no text in the file's encoding", line)
        else:
            found.accept(line + b"\n")

    def _swallows(self, record: bytes) -> bool:
        """Whether every line of it is a row by itself: then the quote in the first is a stray.

        Of prose in quotes a line may have as many delimiters as a row, but hardly each line.
        """
        lines = record.splitlines()
        inner, delimiters = lines[1:-1], lines[0].count(self.delimiter.encode())
        if self.cells <= NARROW or not inner or delimiters < self.cells - 1:
            return False
        return all(self.count(line) == self.cells for line in lines[1:])


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8, and none of them was replaced on the way here."""
    if data.isascii():
        return True
    try:
        return "�" not in data.decode()
    except UnicodeDecodeError:
        return False


def line_end(data: bytes, at: int) -> int:
    """The end of the line that starts at `at`, its line end included."""
    match = LINE.match(data, at)
    return match.end() if match else len(data)


def _ends_line(data: bytes, at: int) -> bool:
    return at == len(data) or data[at : at + 1] in {b"\n", b"\r"}


@cache
def _lenient(delimiter: str) -> re.Pattern[bytes]:
    """A cell and its delimiter, as Arrow reads them: a quote counts at a cell's beginning."""
    d = re.escape(delimiter.encode())
    return re.compile(rb'(?:"(?:[^"]++|"")*+"[^%b]*+|(?!")[^%b]*+)%b' % (d, d, d))


@cache
def _strict(delimiter: str) -> re.Pattern[bytes]:
    """A row to the letter of RFC 4180."""
    d = re.escape(delimiter.encode())
    cell = rb'(?:"(?:[^"]++|"")*+"|[^"\r\n%b]*+)' % d
    return re.compile(rb"%b(?:%b%b)*+" % (cell, d, cell))
