"""Blocks of a CSV file as cells: all at once where a block is clean, row by row where it is not."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tidemill.records import Layout
from tidemill_tabular.reading.blocks import LONGEST_ROW, TOO_LONG, Block
from tidemill_tabular.reading.cells import Cells, faults_table
from tidemill_tabular.reading.recovery import Grammar, is_utf8

ASCII_KIN = ("utf-8", "utf-16")


@dataclass(frozen=True)
class DelimitedText:
    """Reads blocks of one file; `wanted` are positions of columns by the names they get."""

    layout: Layout
    wanted: dict[str, int]
    longest: int = LONGEST_ROW

    def read(self, block: Block) -> Cells:
        """The block's rows, numbered from 0; nothing in it is lost, whatever it holds."""
        if block.overlong is not None:
            excerpt = _utf8(block.overlong, self.layout.encoding)
            return Cells.none(self.wanted, [(0, TOO_LONG, excerpt)], rows=1)
        data = _utf8(block.data, self.layout.encoding)
        return self._at_once(data) or self._row_by_row(data, last=block.last)

    @property
    def grammar(self) -> Grammar:
        return Grammar(self.layout.delimiter or ",", len(self.layout.columns), self.longest)

    def _at_once(self, data: bytes) -> Cells | None:
        """The cells if every line is a good row; None where one is not, or may not be."""
        if (
            not is_utf8(data)
            or not _lines_are_short(data, self.longest // 2)
            or not self._ends_closed(data)
        ):
            return None
        ragged: list[csv.InvalidRow] = []
        batch = self._parse(data, ragged)
        returns = data.count(b"\r")
        lines = data.count(b"\n") + returns - (data.count(b"\r\n") if returns else 0)
        lines += not data.endswith((b"\n", b"\r"))
        if batch is None or ragged or batch.num_rows != lines:
            return None
        return Cells(batch, np.arange(lines), lines)

    def _row_by_row(self, data: bytes, *, last: bool) -> Cells:
        found = self.grammar.scan(data, last=last)
        batch = self._parse(b"".join(found.good), []) if found.good else None
        if found.good and (batch is None or batch.num_rows != len(found.good)):
            raise RuntimeError("Arrow reads other rows than were told apart")
        if batch is None:
            return Cells.none(self.wanted, found.faults, rows=found.rows, tail=found.tail)
        numbers = np.array(found.numbers, dtype=np.int64)
        return Cells(batch, numbers, found.rows, faults_table(found.faults), found.tail)

    def _ends_closed(self, data: bytes) -> bool:
        """Whether the last line leaves no quote open."""
        if b'"' not in data:
            return True
        body = data.rstrip(b"\r\n")
        begin = max(body.rfind(b"\n"), body.rfind(b"\r")) + 1
        return self.grammar.count(body[begin:]) is not None

    def _parse(self, data: bytes, ragged: list[csv.InvalidRow]) -> pa.RecordBatch | None:
        names = [str(position) for position in range(len(self.layout.columns))]
        wanted = [str(position) for position in self.wanted.values()]

        def note(row: csv.InvalidRow) -> str:
            ragged.append(row)
            return "skip"

        try:
            table = csv.read_csv(
                pa.py_buffer(data),
                read_options=csv.ReadOptions(
                    use_threads=False, block_size=len(data) + 1, column_names=names
                ),
                parse_options=csv.ParseOptions(
                    delimiter=self.layout.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=note,
                ),
                convert_options=csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        arrays = [column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(arrays, names=list(self.wanted))


def _lines_are_short(data: bytes, step: int) -> bool:
    """Whether every stretch of `step` bytes has a line end: then no line is longer than two."""
    stretches = range(0, len(data) - step, step)
    return all(
        data.find(b"\n", at, at + step) >= 0 or data.find(b"\r", at, at + step) >= 0
        for at in stretches
    )


def _utf8(data: bytes, encoding: str | None) -> bytes:
    """What a one-byte encoding means; UTF-8 and what was made UTF-8 before stay as they are."""
    if not encoding or encoding.startswith(ASCII_KIN) or data.isascii():
        return data
    return data.decode(encoding, "replace").encode()
