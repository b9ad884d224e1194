"""Files from elsewhere that are out to break readers, and what a careful person expects of each.

`corpus/expected.csv` says it file by file: whether the draft made of it can be adopted as it
stands, is mended first, or is none; and then what becomes of the file under that contract.
"""

import csv
import io
import json
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import pytest
from ruamel.yaml import YAML

from tidemill.contract import Column, Contract, parse_contract
from tidemill.errors import ContractError
from tidemill.records import DropRecord

from .conftest import Shore

CORPUS = Path(__file__).parent / "corpus"
MIB = 1 << 20
UNIT = 1 if sys.platform == "darwin" else 1024
DRAFT = "s3://landing/corpus/pipeline.draft.yaml"
UNPACKED = (".csv", ".tsv")


def expectations() -> dict[str, dict[str, str]]:
    with (CORPUS / "expected.csv").open(newline="") as lines:
        return {row.pop("path"): row for row in csv.DictReader(lines)}


EXPECTED = expectations()


def contract_of(draft: str) -> tuple[Contract, str]:
    """The draft as a contract; where it would be refused, with a target and a feature of its own.

    A person would name others; these are in no file, and all that is in it is checked and stored.
    """
    try:
        return parse_contract(draft, "corpus"), "ready"
    except ContractError:
        document = YAML(typ="safe").load(draft)
    (source,) = document["sources"].values()
    source["missing_columns"] = "null"
    source["columns"] |= {"wanted": {"type": "float"}, "known": {"type": "float"}}
    document = document | {"target": "wanted", "task": "regression"}
    return parse_contract(json.dumps(document), "corpus"), "mended"


def outcome(drop: DropRecord, draft: str) -> dict[str, str]:
    """What became of a drop, in the words of the list."""
    layout = drop.layout
    error = drop.reasons[0].split(":")[0] if drop.reasons else ""
    return {
        "draft": draft,
        "state": drop.state,
        "error": error if error.endswith("Error") else "",
        "read": str(drop.rows.read),
        "accepted": str(drop.rows.accepted),
        "quarantined": str(drop.rows.quarantined),
        "encoding": layout.encoding or "" if layout else "",
        "delimiter": layout.delimiter or "" if layout else "",
        "columns": str(len(layout.columns)) if layout else "",
    }


@dataclass(frozen=True)
class Taken:
    """A file's way to its state, and what it took: bytes more than before, and seconds of CPU."""

    shore: Shore
    drop: DropRecord
    draft: str
    memory: int
    seconds: float


@cache
def take(path: str) -> Taken:
    """Drop a file of the corpus without a contract, adopt its draft, and read it again."""
    began, before, shore = time.process_time(), peak(), Shore()
    landed, draft = shore.put(f"corpus/rows/{path}", (CORPUS / path).read_bytes()), "none"
    drop = shore.ingest(landed)
    if DRAFT in shore.store.objects:
        contract, draft = contract_of(shore.store.objects[DRAFT][-1].decode())
        shore.registry.put_contract(contract)
        drop = shore.ingest(landed)
    return Taken(shore, drop, draft, peak() - before, time.process_time() - began)


def peak() -> int:
    """The most memory that the process ever had, in bytes."""
    return getrusage(RUSAGE_SELF).ru_maxrss * UNIT


def plain(cell: str, column: Column) -> str | None:
    """A text cell as it is to be stored: trimmed, and null where it is missing."""
    cell = cell.strip()
    return None if cell in {"", *column.missing} else cell


def as_python_reads(path: str, drop: DropRecord, column: str) -> list[str]:
    """The cells of a column, read by Python's csv."""
    assert drop.layout is not None
    text = (CORPUS / path).read_bytes().decode(drop.layout.encoding or "")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=drop.layout.delimiter or ",")
    place = drop.layout.columns.index(column)
    return [row[place] for row in rows if row][1:]


def test_every_file_of_the_corpus_is_expected() -> None:
    """None is left out of the list, and none is listed that is not there."""
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    about = {".md", ".json"}
    there = {str(path.relative_to(CORPUS)) for path in files if path.suffix not in about}
    assert there - {"expected.csv", ".gitattributes"} == set(EXPECTED)


@pytest.mark.parametrize("path", EXPECTED)
def test_a_file_ends_as_expected(path: str) -> None:
    """In a named state, every row counted once, in little memory and time."""
    taken = take(path)
    rows = taken.drop.rows
    expected = {name: value for name, value in EXPECTED[path].items() if name != "why"}
    assert outcome(taken.drop, taken.draft) == expected
    assert rows.read == rows.accepted + rows.quarantined
    assert taken.memory < 100 * MIB
    assert taken.seconds < 5


READ_WHOLE = [
    path
    for path, row in EXPECTED.items()
    if path.endswith(UNPACKED) and row["state"] == "accepted" and row["quarantined"] == "0"
]


@pytest.mark.parametrize("path", READ_WHOLE)
def test_texts_are_what_pythons_csv_reads(path: str) -> None:
    """Of a file that is read whole, no text is altered, moved or lost."""
    drop, shore = take(path).drop, take(path).shore
    source = shore.registry.contract("corpus").sources["rows"]
    rows = [row for part in drop.parts for row in shore.rows(part.uri)]
    assert drop.layout is not None
    for name in set(source.columns) & set(drop.layout.columns):
        column, cells = source.columns[name], as_python_reads(path, drop, name)
        found = [row[name] for row in rows]
        if column.type in {"text", "category", "id"} and not isinstance(found[0], bytes):
            assert found == [plain(cell, column) for cell in cells]
        else:
            missing = [plain(cell, column) is None for cell in cells]
            assert [cell is None for cell in found] == missing


@pytest.mark.parametrize("path", sorted((CORPUS / "csv-spectrum/json").glob("*.json")), ids=str)
def test_csv_spectrum_reads_as_its_authors_say(bare_shore: Shore, path: Path) -> None:
    """Each of its files comes with its rows as JSON, where an empty text is an empty cell."""
    body = (CORPUS / "csv-spectrum/csvs" / f"{path.stem}.csv").read_bytes()
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    columns = {name: {"type": "text"} for name in rows[0]} | {
        "wanted": {"type": "float"},
        "known": {"type": "float"},
    }
    source = {"columns": columns, "missing_columns": "null"}
    document = {"pipeline": "corpus", "target": "wanted", "sources": {"rows": source}}
    bare_shore.accept_contract(json.dumps(document | {"task": "regression"}))
    drop = bare_shore.drop("corpus/rows/a.csv", body)
    found = bare_shore.rows(drop.parts[0].uri)
    texts = [{name: row[name] or "" for name in rows[0]} for row in found]
    assert texts == [{n: t.replace("\r\n", "\n").strip() for n, t in row.items()} for row in rows]
