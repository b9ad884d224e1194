"""How a file is written, found in its beginning: packing, encoding, delimiter, header."""

import codecs
import io
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyarrow import csv

from tidemill.contract import Source
from tidemill.errors import EmptyFileError, UnreadableFileError, UnsupportedFormatError
from tidemill.records import Layout
from tidemill_tabular.reading.documents import member_names
from tidemill_tabular.reading.recovery import Grammar, is_utf8, line_end
from tidemill_tabular.reading.stream import HashedStream, transcode, unpack

HEAD_BYTES = 256 << 10
DELIMITERS = (",", ";", "\t", "|")
PACKINGS = ("gz", "zst")
FORMATS = {"csv": "csv", "tsv": "csv", "jsonl": "jsonl", "parquet": "parquet"}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16-le"}
MARKS |= {codecs.BOM_UTF16_BE: "utf-16-be"}
SEPARATOR = re.compile(rb"sep=([\t !#-/:-@[-`{-~])\r?\n", re.IGNORECASE)
KIND = re.compile(
    rb"(?P<zip>PK\x03\x04)|(?P<gzip>\x1f\x8b\x08)|(?P<zstd>\x28\xb5\x2f\xfd)|(?P<xz>\xfd7zXZ\x00)"
    rb"|(?P<bzip2>BZh[1-9]1AY)|(?P<Parquet>PAR1\x15)|(?P<PDF>%PDF-)"
    rb"|(?P<UTF_32>\xff\xfe\x00\x00|\x00\x00\xfe\xff)"
)
TWO_BYTES = {"utf-16", "utf-16-le", "utf-16-be"}


@dataclass(frozen=True)
class Found:
    """A layout, and the offset of the first data row in the stream that `open_text` gives."""

    layout: Layout
    start: int = 0


def name_layout(key: str) -> Layout:
    """What the name's ending says; UnsupportedFormatError where that is nothing we read."""
    stem, packing = key.lower(), None
    for ending in PACKINGS:
        if stem.endswith(f".{ending}"):
            stem, packing = stem.removesuffix(f".{ending}"), ending
    ending = stem.rsplit(".", 1)[-1]
    if ending not in FORMATS:
        raise UnsupportedFormatError(
            f"{ending!r} is no format Tidemill reads;"
            " use csv, tsv, jsonl or parquet, plain, .gz or .zst"
        )
    return Layout.model_validate({"format": FORMATS[ending], "packing": packing})


def open_text(body: BinaryIO, layout: Layout) -> tuple["io.BufferedReader[Any]", HashedStream]:
    """The lines of a text file, unpacked; in UTF-8 where they were in UTF-16."""
    hashed = HashedStream(body)
    with hashed.blamed_on_the_file():
        stream = unpack(hashed, layout.packing)
    if layout.encoding in TWO_BYTES:
        stream = transcode(stream, layout.encoding or "")
    return stream, hashed


def find_layout(body: BinaryIO, named: Layout, source: Source) -> Found:
    """Look at the beginning of a CSV or JSON Lines file; what the contract declares is believed.

    EmptyFileError or UnreadableFileError where there is nothing to read.
    """
    stream, hashed = open_text(body, named)
    with hashed.blamed_on_the_file():
        raw = _read(stream)
    _refuse_other_kinds(raw, named)
    declared = source.format.encoding
    layout = named.model_copy(update={"encoding": declared or find_encoding(raw)})
    text, mark = _text(raw, layout)
    if not text.strip(b"\r\n \t\x00"):
        raise EmptyFileError("the file is empty")
    if layout.format == "jsonl":
        names = member_names(text)
        if not names and len(text) < HEAD_BYTES // 2:
            raise EmptyFileError("the file has no JSON object")
        return Found(layout.model_copy(update={"columns": tuple(names)}), mark)
    return _delimited(text, mark, layout, source)


def find_encoding(raw: bytes) -> str:
    """The encoding that a mark names, or the one that fits most of the bytes."""
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            return encoding
    if raw.count(b"\x00") * 3 > len(raw):
        return "utf-16-le" if raw[1::2].count(0) > raw[::2].count(0) else "utf-16-be"
    text = raw.decode("utf-8", "surrogateescape")
    if raw.isascii():
        return "utf-8"
    # A look that ends within the file may end within a letter.
    seen = text[:-3] if len(raw) >= HEAD_BYTES else text
    strays = sum("\udc80" <= letter <= "\udcff" for letter in seen)
    letters = sum(letter > "\x7f" for letter in seen) - strays
    if letters >= strays:
        return "utf-8"
    return "cp1252" if any(0x80 <= byte < 0xA0 for byte in raw) else "latin-1"


def _refuse_other_kinds(raw: bytes, named: Layout) -> None:
    """UnreadableFileError where the first bytes are those of a file of another kind."""
    if found := KIND.match(raw):
        kind = str(found.lastgroup).replace("_", "-")
        ending = ".".join(word for word in (named.format, named.packing) if word)
        raise UnreadableFileError(f"its bytes are {kind}, and its name says {ending}")


def _read(stream: BinaryIO) -> bytes:
    parts, missing = [], HEAD_BYTES
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _text(raw: bytes, layout: Layout) -> tuple[bytes, int]:
    """The beginning in UTF-8 without its mark, and how long the mark is."""
    encoding = layout.encoding or "utf-8"
    if encoding in TWO_BYTES:
        even = raw[: len(raw) // 2 * 2]
        text = even.decode(encoding, "replace").encode()
        mark = len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0
        return text[mark:], mark
    mark = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
    return raw[mark:], mark


def _delimited(text: bytes, mark: int, layout: Layout, source: Source) -> Found:
    start = _behind_blank_lines(text, 0)
    given = source.format.delimiter
    if match := SEPARATOR.match(text, start):
        given, start = given or match[1].decode(), _behind_blank_lines(text, match.end())
    first = _first_row(text, start, given)
    delimiter, names = _columns(_as_utf8(first, layout), given, source)
    if not source.format.header:
        names = [str(number) for number in range(len(names))]
    else:
        start += len(first)
    if not first.endswith((b"\r", b"\n")) and len(text) >= HEAD_BYTES // 2:
        raise UnreadableFileError(f"its first row is longer than {HEAD_BYTES >> 11} KiB")
    if not text[start:].strip(b"\r\n") and len(text) < HEAD_BYTES // 2:
        raise EmptyFileError("the file has a header and no rows")
    found = {"delimiter": delimiter, "columns": tuple(names), "header": source.format.header}
    return Found(layout.model_copy(update=found), mark + start)


def _behind_blank_lines(text: bytes, at: int) -> int:
    return len(text) - len(text[at:].lstrip(b"\r\n"))


def _first_row(text: bytes, start: int, delimiter: str | None) -> bytes:
    """The header with its line end: one line, or more where a name in quotes has line ends."""
    line = text[start : line_end(text, start)]
    if not line:
        raise EmptyFileError("the file has no header and no rows")
    grammars = [Grammar(d, 0) for d in ((delimiter,) if delimiter else DELIMITERS)]
    if all(grammar.count(line.rstrip(b"\r\n")) is None for grammar in grammars):
        for grammar in grammars:
            if end := grammar.strict_end(text, start):
                return text[start:end]
        raise UnreadableFileError("the header opens a quote that is never closed")
    return line


def _as_utf8(row: bytes, layout: Layout) -> bytes:
    encoding = layout.encoding or "utf-8"
    if encoding in TWO_BYTES or encoding.startswith("utf-8"):
        if not is_utf8(row):
            raise UnreadableFileError("the header is not text in UTF-8; declare format.encoding")
        return row
    return row.decode(encoding, "replace").encode()


def _columns(header: bytes, given: str | None, source: Source) -> tuple[str, list[str]]:
    """The delimiter under which the header names most of the contract's columns, or most at all."""

    def named(delimiter: str) -> list[str]:
        options = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
        table = csv.read_csv(io.BytesIO(header.rstrip(b"\r\n") + b"\n"), parse_options=options)
        return [str(name).strip() for name in table.column_names]

    readings = {delimiter: named(delimiter) for delimiter in ([given] if given else DELIMITERS)}

    def known(delimiter: str) -> tuple[int, int]:
        names = readings[delimiter]
        return len(set(names) & set(source.columns)), len(names)

    best = max(readings, key=known)
    return best, readings[best]
