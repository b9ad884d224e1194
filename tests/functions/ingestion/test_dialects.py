"""What Python writes is what is stored, in whatever dialect of CSV it is written."""

import csv
import io
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tidemill.records import DropRecord

from .conftest import Shore

LETTERS = st.sampled_from("ab0-'\\#= \té中😀\u2028")
PLAIN = st.text(LETTERS | st.sampled_from(',;|"'), max_size=12)
LINES = st.text(LETTERS | st.sampled_from('\r\n"'), max_size=12)
QUOTING = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)
WIDTHS = st.integers(min_value=2, max_value=5)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of texts: a cell has line ends or delimiters, as one of both may pass for rows."""
    width = draw(WIDTHS)
    row = st.lists(PLAIN | LINES, min_size=width, max_size=width)
    return draw(st.lists(row, min_size=1, max_size=12))


def drop_texts(body: bytes, name: str, names: list[str]) -> tuple[Shore, DropRecord]:
    """Drop a file under a contract of nothing but texts, and a target that is in no file."""
    columns = {name: {"type": "text"} for name in names}
    absent = {"wanted": {"type": "float"}, "known": {"type": "float"}}
    source = {"columns": columns | absent, "missing_columns": "null"}
    document = {"pipeline": "shells", "target": "wanted", "task": "regression"}
    shore = Shore()
    shore.accept_contract(json.dumps(document | {"sources": {"rows": source}}))
    return shore, shore.drop(f"shells/rows/{name}", body)


def stored(shore: Shore, drop: DropRecord, names: list[str]) -> list[list[str | None]]:
    rows = [row for part in drop.parts for row in shore.rows(part.uri)]
    return [[row[name] for name in names] for row in rows]


def trimmed(rows: list[list[str]]) -> list[list[str | None]]:
    """White space around a cell is no part of it, and an empty one is missing."""
    return [[cell.strip() or None for cell in row] for row in rows]


@settings(max_examples=40, deadline=None)
@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from(QUOTING),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example([['"', "\n"], ["", ""]], ",", csv.QUOTE_MINIMAL, "\r", "utf-16")
@example([["a\r", "\r\nb", 'c"\n']], ";", csv.QUOTE_ALL, "\r\n", "utf-8")
def test_a_csv_file_is_stored_as_it_was_written(
    rows: list[list[str]], delimiter: str, quoting: int, end: str, encoding: str
) -> None:
    """Every cell comes out as `csv.reader` gives it, in its row and column."""
    names = [f"column{place}" for place in range(len(rows[0]))]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([names, *rows])
    again = list(csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter))
    assert again[1:] == rows
    shore, drop = drop_texts(text.getvalue().encode(encoding), "a.csv", names)
    assert (drop.state, drop.rows.read, drop.reasons) == ("accepted", len(rows), ())
    assert stored(shore, drop, names) == trimmed(rows)


@settings(max_examples=25, deadline=None)
@given(tables(), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_json_lines_are_stored_as_they_were_written(
    rows: list[list[str]], ascii_only: bool, end: str
) -> None:
    """Escaped or not, a text is the text that `json.loads` gives."""
    names = [f"column{place}" for place in range(len(rows[0]))]
    lines = [
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=ascii_only) for row in rows
    ]
    shore, drop = drop_texts(end.join(lines).encode(), "a.jsonl", names)
    assert (drop.state, drop.rows.read, drop.reasons) == ("accepted", len(rows), ())
    assert stored(shore, drop, names) == trimmed(rows)
