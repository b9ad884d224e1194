"""Whether a file has the columns of its contract; what is wrong, said with an end and discreetly.

A refusal stands in the drop's record, in an event and in a log. So no more of a first row is quoted
than a person reads, and none of one that may be a private file's data.
"""

from collections import Counter
from collections.abc import Sequence

from tidemill.contract import Source
from tidemill.errors import MissingColumnError, UnknownColumnError, UnreadableFileError
from tidemill.records import Layout

LISTED, LONGEST = 20, 60


def require_columns(
    layout: Layout, source: Source, declared: Sequence[str], *, private: bool
) -> None:
    """MissingColumnError, UnknownColumnError, or UnreadableFileError where a name comes twice.

    `source` has the columns that are read, `declared` are all that the contract names; `private`
    says that it hides some of them. JSON Lines whose first line is long show no names beforehand.
    """
    names = layout.columns
    if layout.format == "jsonl" and not names:
        return
    strangers = [name for name in names if name not in set(declared)]
    unlike = len(strangers) == len(names)
    if strangers and source.unknown_columns == "refuse":
        raise UnknownColumnError(
            _no_header(layout)
            if unlike and private
            else f"{_list(strangers)}: in the file, not in the contract"
        )
    if missing := _missing(layout, source):
        raise MissingColumnError(
            _no_header(layout)
            if unlike and private
            else f"{_list(missing)}: in the contract, not in the file, whose columns are"
            f" {_list(names)}"
        )
    counts = Counter(names)
    if twice := [name for name in source.columns if counts[name] > 1]:
        raise UnreadableFileError(f"the header names {_list(twice)} more than once")


def _missing(layout: Layout, source: Source) -> list[str]:
    """An absent column is missing in every row, where the contract or JSON allows that.

    Where no column is there, it is another file.
    """
    if set(layout.columns).isdisjoint(source.columns):
        return list(source.columns)
    lenient = source.missing_columns == "null" or layout.format == "jsonl"
    there = set(layout.columns)
    return [
        name
        for name, column in source.columns.items()
        if name not in there and not (lenient and column.nullable)
    ]


def _no_header(layout: Layout) -> str:
    """Names that are all strange may be somebody's data."""
    said = f"none of the file's {len(layout.columns):,} columns has a name that the contract knows"
    if layout.format != "csv":
        return said
    return f"{said}; if its first row is no header, say `format: {{header: false}}` of the source"


def _list(names: Sequence[str]) -> str:
    short = [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in names[:LISTED]]
    more = len(names) - len(short)
    return ", ".join(short) + (f" and {more:,} more" if more else "")
