"""A file as ranges that can be read apart: each begins where a row does, certainly.

The ranges of a file depend on its bytes alone, so that one worker and a thousand read the same
parts. A packed file and one in UTF-16 are one range.
"""

from itertools import pairwise

from tidemill.contract import Source
from tidemill.landing import LandedObject
from tidemill.store import Store
from tidemill_tabular.reading.blocks import LONGEST_ROW
from tidemill_tabular.reading.columnar import Columnar
from tidemill_tabular.reading.file import CutFile, Range
from tidemill_tabular.reading.layout import TWO_BYTES, Found, find_layout, name_layout
from tidemill_tabular.reading.recovery import Grammar, line_end


def cut_file(landed: LandedObject, source: Source, store: Store, part_bytes: int) -> CutFile:
    """How the file is written, and its ranges of about `part_bytes`; DropError where it is none."""
    named = name_layout(landed.key)
    if named.format == "parquet":
        with Columnar.open(store, landed.uri, landed.version_id, named.packing) as file:
            layout = named.model_copy(update={"columns": tuple(file.columns)})
            ranges = columnar_ranges(file, part_bytes, packed=named.packing is not None)
            return CutFile(landed=landed, layout=layout, start=0, ranges=ranges)
    with store.open(landed.uri, landed.version_id) as body:
        found = find_layout(body, named, source)
    ranges = text_ranges(landed, found, store, part_bytes)
    return CutFile(landed=landed, layout=found.layout, start=found.start, ranges=ranges)


def columnar_ranges(file: Columnar, part_bytes: int, *, packed: bool) -> tuple[Range, ...]:
    """Whole row groups, about `part_bytes` of them a range; all of them where they are packed."""
    starts = file.group_starts()
    if packed:
        return (Range(start=0, end=file.size, groups=(0, len(starts))),)
    firsts = [0]
    for number, start in enumerate(starts):
        if start - starts[firsts[-1]] >= part_bytes:
            firsts.append(number)
    edges = [0, *(starts[first] for first in firsts[1:]), file.size]
    groups = [*firsts, len(starts)]
    return tuple(
        Range(start=edges[n], end=edges[n + 1], groups=(groups[n], groups[n + 1]))
        for n in range(len(firsts))
    )


def text_ranges(
    landed: LandedObject, found: Found, store: Store, part_bytes: int
) -> tuple[Range, ...]:
    """Ranges of about `part_bytes`; the first one holds the header too."""
    layout = found.layout
    if layout.packing or layout.encoding in TWO_BYTES:
        return (Range(start=0, end=landed.size),)
    edges = [0]
    while (target := edges[-1] + part_bytes) < landed.size:
        start = _row_start(landed, found, store, target)
        if start is None:
            break
        edges.append(start)
    edges.append(landed.size)
    return tuple(Range(start=a, end=b) for a, b in pairwise(edges))


def _row_start(landed: LandedObject, found: Found, store: Store, target: int) -> int | None:
    """The first certain beginning of a row from `target` on; None where there is none."""
    layout = found.layout
    grammar = Grammar(layout.delimiter or ",", len(layout.columns))
    while target < landed.size:
        first = max(found.start, target - LONGEST_ROW)
        with store.open(landed.uri, landed.version_id, (first, target + 2 * LONGEST_ROW)) as body:
            window = body.read()
        quotes = layout.format == "csv" and b'"' in window
        start = certain_start(window, target - first, grammar if quotes else None)
        if start is not None and first + start < landed.size:
            return first + start
        target += LONGEST_ROW
    return None


def certain_start(
    window: bytes, target: int, grammar: Grammar | None, longest: int = LONGEST_ROW
) -> int | None:
    """The first line start in `window` from `target` on that no row can run across.

    `window` begins at least the longest row before `target`, or where the rows do. A row of
    several lines that begins at any line before is tried; without `grammar` every line is a row.
    """
    reach = 0
    at = 0 if grammar else max(0, target - 1)
    while at < len(window):
        if at >= target and reach <= at and _starts_line(window, at):
            return at
        end = line_end(window, at)
        if end == len(window) or end - target > longest:
            return None
        line = window[at:end].rstrip(b"\r\n")
        if grammar and grammar.count(line) is None:
            reach = max(reach, grammar.joined(window, at) or 0)
        at = end
    return None


def _starts_line(window: bytes, at: int) -> bool:
    return at > 0 and window[at - 1 : at] in {b"\n", b"\r"} and window[at : at + 1] != b"\n"
