"""Blocks of JSON Lines as cells: one object a line, its members the cells."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tidemill_tabular.reading.blocks import EXCERPT, LONGEST_ROW, TOO_LONG, Block
from tidemill_tabular.reading.cells import Cells, RowFault, faults_table
from tidemill_tabular.reading.recovery import is_utf8

DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


@dataclass(frozen=True)
class DocumentLines:
    """Reads blocks of one file; members that are not `wanted` are left out, absent ones missing."""

    wanted: tuple[str, ...]

    def read(self, block: Block) -> Cells:
        """The block's objects, numbered from 0 by line; numbers keep their digits as written."""
        if block.overlong is not None:
            return Cells.none(self.wanted, [(0, TOO_LONG, block.overlong)], rows=1)
        documents: list[dict[str, Any]] = []
        numbers: list[int] = []
        faults: list[RowFault] = []
        lines = [line for line in block.data.splitlines() if line.strip()]
        for number, line in enumerate(lines):
            document = _document(line)
            if isinstance(document, str):
                faults.append((number, document, line[:EXCERPT]))
            else:
                documents.append(document)
                numbers.append(number)
        arrays = [pa.array([_text(d.get(n)) for d in documents], pa.string()) for n in self.wanted]
        batch = pa.RecordBatch.from_arrays(arrays, names=list(self.wanted))
        rows = np.array(numbers, dtype=np.int64)
        return Cells(batch, rows, len(lines), faults_table(faults))


def _document(line: bytes) -> dict[str, Any] | str:
    """The line's object, or the rule that it breaks."""
    if len(line) > LONGEST_ROW:
        return TOO_LONG
    if not is_utf8(line):
        return "holds bytes that are no text in UTF-8"
    try:
        document = DECODER.decode(line.decode().strip())
    except (ValueError, RecursionError):
        return "is not a JSON object"
    if not isinstance(document, dict):
        return "is not a JSON object"
    if any(isinstance(cell, str) and not _is_text(cell) for cell in document.values()):
        return "holds a lone surrogate, which is no text"
    nested = [name for name, cell in document.items() if isinstance(cell, list | dict)]
    return _flat(document, nested, line) if nested else document


def _flat(document: dict[str, Any], nested: list[str], line: bytes) -> dict[str, Any] | str:
    """The object with its lists and objects as JSON, or the rule that they break."""
    try:
        plain = json.loads(line)
    except ValueError:
        return "holds a number of thousands of digits"
    return document | {name: json.dumps(plain[name]) for name in nested}


def member_names(head: bytes) -> list[str]:
    """The members of the objects at the beginning of a file, in order of appearance."""
    documents = map(_document, head.splitlines())
    return list(dict.fromkeys(name for d in documents if isinstance(d, dict) for name in d))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell)


def _is_text(cell: str) -> bool:
    """Whether UTF-8 can hold it; JSON can spell what it cannot."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
